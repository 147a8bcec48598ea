/** What crosses an origin with a request and its answer: this page's `blob:` URLs out, pictures by their URLs in. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { dataUrl } from '../api/base64';

/** The two routes whose bodies name pictures; OpenAI's edits are forms, which carry the bytes already. */
const GENERATIONS = /\/images\/(generations|edits)$/;
const DOWNLOAD = /\/v2\/downloads\//;

export function isGeneration(request: Request): boolean {
  return request.method === 'POST' && GENERATIONS.test(new URL(request.url).pathname);
}

/** A `blob:` URL means nothing elsewhere: its bytes go along instead. Any other body stays as it is. */
export async function withBlobsAsBytes(request: Request): Promise<Request> {
  if (!request.headers.get('content-type')?.includes('json')) return request;
  const text = await request.text();
  return new Request(request, { body: text.includes('"blob:') ? await inlineBlobs(text) : text });
}

async function inlineBlobs(text: string): Promise<string> {
  const body = parse(text);
  if (!isObject(body)) return text;
  const images = Array.isArray(body.images) ? body.images : [];
  await Promise.all(images.map(async (image) => isObject(image) && inlineField(image, 'url')));
  await inlineField(body, 'mask');
  return JSON.stringify(body);
}

/** One that cannot be read stays: the API names the field in its error. */
async function inlineField(object: Record<string, unknown>, field: string): Promise<void> {
  const url = object[field];
  if (typeof url !== 'string' || !url.startsWith('blob:')) return;
  const blob = await fetch(url).then(
    (response) => response.blob(),
    () => null,
  );
  if (blob) object[field] = await dataUrl(blob);
}

/** Gives the URL that a picture loads from in this page; the URL itself when it is no download of Tessera's. */
export type Localize = (url: string) => Promise<string>;

export function isDownload(url: string, origin: string): boolean {
  return URL.canParse(url) && new URL(url).origin === origin && DOWNLOAD.test(new URL(url).pathname);
}

/** The same answer, JSON or events, with every `data[].url` localized. Bytes pass as they come but for the object itself. */
export function localizedResponse(response: Response, localize: Localize): Response {
  const type = response.headers.get('content-type') ?? '';
  const change = type.includes('event-stream') ? eventStream(localize) : type.includes('json') ? json(localize) : null;
  if (!change || !response.body) return response;
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  const body = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(change);
  const { status, statusText } = response;
  return new Response(body.pipeThrough(new TextEncoderStream()), { status, statusText, headers });
}

/** Whitespace before the object keeps a long job's connection alive and passes at once. */
function json(localize: Localize): TransformStream<string, string> {
  let text = '';
  return new TransformStream({
    transform(piece, controller) {
      if (text === '' && piece.trim() === '') controller.enqueue(piece);
      else text += piece;
    },
    async flush(controller) {
      controller.enqueue(await localizedText(text, localize));
    },
  });
}

function eventStream(localize: Localize): TransformStream<string, string> {
  let events: (EventSourceMessage | string)[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onComment: (comment) => events.push(`:${comment}\n\n`),
  });
  return new TransformStream({
    async transform(piece, controller) {
      parser.feed(piece);
      const complete = events;
      events = [];
      for (const event of complete) {
        controller.enqueue(typeof event === 'string' ? event : await eventText(event, localize));
      }
    },
  });
}

async function eventText({ id, event, data }: EventSourceMessage, localize: Localize): Promise<string> {
  const fields = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(await localizedText(data, localize)).split('\n').map((line) => `data: ${line}`),
  ];
  return `${fields.join('\n')}\n\n`;
}

async function localizedText(text: string, localize: Localize): Promise<string> {
  const body = text.includes('/v2/downloads/') ? parse(text) : null;
  if (!isObject(body) || !Array.isArray(body.data)) return text;
  await Promise.all(
    body.data.map(async (picture: unknown) => {
      if (isObject(picture) && typeof picture.url === 'string') picture.url = await localize(picture.url);
    }),
  );
  return JSON.stringify(body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Answers read from responses, and errors made errors again. */
import { ApiError, type ErrorCode, isErrorCode } from '../api/errors';
import type { GenerateAnswer, GenerateProgress } from './tessera';

/**
 * The JSON of a response. An error is one by its body, not by its status alone: that of a job which outlived its
 * headers rides in a 200.
 *
 * @throws ApiError what the envelope says
 */
export async function readAnswer<T>(response: Response): Promise<T> {
  const body = await readJson(response);
  if (!response.ok || !isObject(body) || isEnvelope(body)) throw errorOf(body, response);
  return body as T;
}

/**
 * The answer at the end of a stream of events; previews go to `onProgress` as they come.
 *
 * @throws ApiError what an `error` event says, or the body where the request was refused before it could stream
 */
export async function readEvents(
  response: Response,
  onProgress: (progress: GenerateProgress) => void,
): Promise<GenerateAnswer> {
  if (!response.body || !response.headers.get('content-type')?.includes('text/event-stream'))
    return readAnswer(response);
  // The studio follows its pictures without a stream, and need not load it.
  const { EventSourceParserStream } = await import('eventsource-parser/stream');
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { event, data } of iterate(events)) {
    const body: unknown = JSON.parse(data);
    if (isEnvelope(body)) throw errorOf(body, response);
    if (event?.endsWith('.completed')) return body as GenerateAnswer;
    const progress = progressOf(event ?? '', body);
    if (progress) onProgress(progress);
  }
  throw new ApiError('server_error', 'The stream ended before the picture was done.');
}

function progressOf(event: string, body: unknown): GenerateProgress | null {
  const { b64_json: base64, partial_image_index: index, position } = body as Partial<Record<string, unknown>>;
  if (event.endsWith('.queued') && typeof position === 'number') return { type: 'queued', position };
  if (event.endsWith('.partial_image') && typeof base64 === 'string')
    return { type: 'preview', index: typeof index === 'number' ? index : 0, image: pngOf(base64) };
  return null;
}

function pngOf(base64: string): Blob {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: 'image/png' });
}

/** Not every browser can loop over a stream itself. Leaving the loop cancels the stream, and with it the job. */
async function* iterate<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface Envelope {
  readonly error: { readonly code?: unknown; readonly message?: unknown; readonly param?: unknown };
}

function isEnvelope(body: unknown): body is Envelope {
  return isObject(body) && isObject(body.error);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function errorOf(body: unknown, { status, headers }: Response): ApiError {
  const { code, message, param } = isEnvelope(body) ? body.error : ({} as Envelope['error']);
  const text = typeof message === 'string' ? message : `The answer (HTTP ${status}) was not one of Tessera's.`;
  const retryAfterS = Number(headers.get('retry-after')) || undefined;
  return new ApiError(
    isErrorCode(code) ? code : codeFor(status),
    text,
    typeof param === 'string' ? param : null,
    retryAfterS === undefined ? {} : { retryAfterS },
  );
}

/** Whatever stands between, a proxy or a server without Tessera, has no codes of ours. */
function codeFor(status: number): ErrorCode {
  return status === 404 ? 'not_found' : 'server_error';
}

/**
 * The child of the iframe carrier with answers that need no engine: what crosses is under test, not what draws.
 * Its own origin and those in `?parents=` may embed it.
 */
import { portForParent } from '../../../src/transport/iframeChild';
import { messagePortFrames } from '../../../src/transport/messagePort';
import { serveFetch } from '../../../src/transport/serveFetch';

const parents = new URLSearchParams(location.search).getAll('parents');
const served = serveFetch(messagePortFrames(await portForParent(parents)), answer);
/** The signals of all requests, for the test to look at. */
const signals: AbortSignal[] = [];
Object.assign(window, { signals, served });

async function answer(request: Request): Promise<Response> {
  signals.push(request.signal);
  const { pathname, origin } = new URL(request.url);
  if (pathname.includes('/v2/downloads/')) return download(pathname);
  if (pathname.endsWith('/v2/echo')) return new Response(request.body, { headers: { 'x-key': keyOf(request) } });
  if (pathname.endsWith('/v2/never')) return new Promise(() => {});
  if (!pathname.endsWith('/images/generations'))
    return Response.json({ error: { code: 'not_found' } }, { status: 404 });
  const asked = (await request.json()) as { readonly stream?: boolean; readonly prompt?: string };
  const result = { id: 'req-1', asked, data: [{ url: `${origin}/v2/downloads/req-1/0?exp=1&sig=a` }] };
  if (asked.prompt === 'elsewhere') return Response.json({ data: [{ url: 'https://cdn.test/v2/downloads/1/0' }] });
  if (asked.prompt === 'expired') return Response.json({ data: [{ url: `${origin}/v2/downloads/gone/0` }] });
  if (asked.prompt === 'slowly') return slowJson(result);
  return asked.stream ? events(result) : Response.json(result);
}

/** `/v2/downloads/{bytes}/0` has so many, `req-1` 300,000, and `gone` is gone. */
function download(pathname: string): Response {
  const id = pathname.split('/').at(-2);
  if (id === 'gone') return Response.json({ error: { code: 'not_found' } }, { status: 404 });
  const bytes = new Uint8Array(Number(id) || 300_000);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = index * 31;
  return new Response(bytes, { headers: { 'content-type': 'image/png' } });
}

/** Whitespace until the test lets the object go. */
function slowJson(result: unknown): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(' '));
      Object.assign(window, {
        finish: () => {
          controller.enqueue(encoder.encode(JSON.stringify(result)));
          controller.close();
        },
      });
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

/** A preview at once; the completed picture when the test says so. */
function events(result: unknown): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    start(controller) {
      const send = (name: string, data: unknown) =>
        controller.enqueue(encoder.encode(`event: image_generation.${name}\ndata: ${JSON.stringify(data)}\n\n`));
      send('partial_image', { b64_json: btoa('pixels'), partial_image_index: 0 });
      Object.assign(window, {
        finish: () => {
          send('completed', result);
          controller.close();
        },
      });
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

function keyOf(request: Request): string {
  return request.headers.get('authorization') ?? 'none';
}

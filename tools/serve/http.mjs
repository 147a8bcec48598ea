/** The HTTP server: reads a request within its limits, asks the gate, and hands it on. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { refusal } from './refusals.mjs';

/** The hosted API's limit. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/** A client that sends its head or its body drop by drop is let go; answers may take as long as they need. */
const SERVER_OPTIONS = {
  maxHeaderSize: 32_768,
  headersTimeout: 20_000,
  requestTimeout: 120_000,
  connectionsCheckingInterval: 5_000,
  // Longer than the SDKs keep a connection: they should be the ones to close it.
  keepAliveTimeout: 75_000,
};
const MAX_HEADERS = 100;
const MAX_CONNECTIONS = 1024;

/** A body over the limit. */
class TooLarge extends Error {}

/**
 * @param {{
 *   gate: ReturnType<typeof import('./gate.mjs').createGate>,
 *   carry: ReturnType<typeof import('./carrier.mjs').createCarrier>,
 *   health: () => { status: string },
 * }} options
 */
export function createHttpServer({ gate, carry, health }) {
  const listener = getRequestListener(
    async (/** @type {Request} */ request) => gate.check(request) ?? gate.finish(request, await answer(request)),
    // Node's own Request and Response are good enough for the other users of this process.
    {
      overrideGlobalObjects: false,
      errorHandler: () => refusal(400, 'invalid_parameter', { message: 'Bad request.' }),
    },
  );
  const server = createServer(SERVER_OPTIONS, listener);
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = MAX_CONNECTIONS;
  return server;

  /** @param {Request} request */
  async function answer(request) {
    const { url, method, headers, signal } = request;
    const { pathname } = new URL(url);
    if (pathname === '/health') return tellHealth();
    if (pathname === '/') return new Response(null, { status: 302, headers: { location: '/docs' } });
    try {
      const body = await bodyOf(request);
      return await carry({ url, method, headers: new Headers([...headers]), body, signal });
    } catch (error) {
      if (error instanceof TooLarge) return tooLarge();
      // The client is gone: nobody reads this.
      return refusal(499, 'cancelled', { message: error instanceof Error ? error.message : String(error) });
    }
  }

  function tellHealth() {
    const report = health();
    return Response.json(report, { status: report.status === 'ok' ? 200 : 503 });
  }
}

/**
 * All of it, since it may have to be sent twice.
 *
 * @param {Request} request
 */
async function bodyOf(request) {
  if (request.method === 'GET' || request.method === 'HEAD' || !request.body) return null;
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) throw new TooLarge();
  const pieces = [];
  let byteCount = 0;
  for await (const piece of /** @type {AsyncIterable<Uint8Array>} */ (/** @type {unknown} */ (request.body))) {
    byteCount += piece.length;
    if (byteCount > MAX_BODY_BYTES) throw new TooLarge();
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function tooLarge() {
  return refusal(413, 'payload_too_large', { message: 'The request is larger than 25 MiB.' });
}

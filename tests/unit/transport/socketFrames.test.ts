/** The wire over real web sockets, with `ws` at both ends; the browser's own end is tested with `npm run serve`. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { fetchOver } from '../../../src/transport/fetchOver';
import type { FramePort } from '../../../src/transport/frames';
import { serveFetch } from '../../../src/transport/serveFetch';
import { MAX_MESSAGE_BYTES, socketFrames } from '../../../src/transport/socketFrames';
import { numberedBytes } from './ports';

let server: WebSocketServer;
beforeAll(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: MAX_MESSAGE_BYTES });
  await once(server, 'listening');
});
afterAll(() => server.close());

interface Line {
  readonly asking: FramePort;
  readonly askingSocket: WebSocket;
  readonly answering: FramePort;
}

async function openLine(): Promise<Line> {
  const { port } = server.address() as AddressInfo;
  const arrived = once(server, 'connection');
  const askingSocket = new WebSocket(`ws://127.0.0.1:${port}/`);
  const [answeringSocket]: WebSocket[] = await arrived;
  if (!answeringSocket) throw new Error('Nobody came.');
  await once(askingSocket, 'open');
  // As everybody must who takes messages from others: ws ends the connection, and says so.
  answeringSocket.on('error', () => {});
  return { asking: socketFrames(askingSocket), askingSocket, answering: socketFrames(answeringSocket) };
}

const echo = async (request: Request) =>
  new Response(await request.arrayBuffer(), { status: 201, headers: { 'x-method': request.method } });

describe('a web socket', () => {
  test('carries large bodies both ways, many at once', async () => {
    const { asking, answering } = await openLine();
    serveFetch(answering, echo);
    const fetch = fetchOver(asking);
    const bodies = [0, 1, 262_144, 3_000_000].map(numberedBytes);
    const answers = await Promise.all(bodies.map((body) => fetch('http://tessera.example/', { method: 'POST', body })));
    for (const [index, answer] of answers.entries()) {
      expect({ status: answer.status, method: answer.headers.get('x-method') }).toEqual({
        status: 201,
        method: 'POST',
      });
      expect(Buffer.from(await answer.arrayBuffer()).equals(bodies[index] ?? Buffer.alloc(0))).toBe(true);
    }
    asking.close();
  });

  test('carries an abort to the one who works', async () => {
    const { asking, answering } = await openLine();
    const stop = new AbortController();
    const aborted = new Promise<unknown>((resolve) => {
      serveFetch(answering, (request) => {
        request.signal.addEventListener('abort', () => resolve(request.signal.reason));
        stop.abort();
        return new Promise(() => {});
      });
    });
    const answer = fetchOver(asking)('http://tessera.example/', { signal: stop.signal });
    await expect(answer).rejects.toThrow(DOMException);
    expect(await aborted).toBeInstanceOf(DOMException);
    asking.close();
  });

  test('keeps what comes before anybody listens', async () => {
    const { asking, answering } = await openLine();
    const answer = fetchOver(asking)('http://tessera.example/', { method: 'POST', body: 'early' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    serveFetch(answering, echo);
    expect(await (await answer).text()).toBe('early');
    asking.close();
  });

  test('that is cut off ends every request, and both ends learn of it', async () => {
    const { asking, askingSocket, answering } = await openLine();
    const started = new Promise<Request>((resolve) => {
      serveFetch(answering, (request) => {
        resolve(request);
        return new Promise(() => {});
      });
    });
    const fetch = fetchOver(asking);
    const answer = fetch('http://tessera.example/');
    const { signal } = await started;
    const over = once(signal, 'abort');
    askingSocket.terminate();
    await expect(answer).rejects.toThrow(TypeError);
    await over;
    await expect(fetch('http://tessera.example/')).rejects.toThrow(TypeError);
  });

  test.each([
    ['text', 'hello'],
    ['no MessagePack', new Uint8Array([0xc1])],
    ['half a message', encode({ id: 1, kind: 'request' }).subarray(0, 5)],
    ['a frame of no kind', encode({ id: 1, kind: 'constructor', meta: null, bytes: null })],
    ['a key of the prototype', encode(JSON.parse('{"__proto__":{"kind":"request"}}'))],
    ['a list of a billion parts', new Uint8Array([0xdd, 0x3b, 0x9a, 0xca, 0x00])],
  ])('survives %s', async (_what, message) => {
    const { asking, askingSocket, answering } = await openLine();
    serveFetch(answering, echo);
    askingSocket.send(message);
    const answer = await fetchOver(asking)('http://tessera.example/', { method: 'POST', body: 'still there' });
    expect(await answer.text()).toBe('still there');
    asking.close();
  });

  test('is closed after too much nonsense, and by a message beyond the limit', async () => {
    for (const send of [sendNonsense, sendTooMuch]) {
      const { askingSocket, answering } = await openLine();
      serveFetch(answering, echo);
      const closed = once(askingSocket, 'close');
      send(askingSocket);
      await closed;
    }
  });
});

function sendNonsense(socket: WebSocket): void {
  for (let count = 0; count < 200; count += 1) socket.send('nonsense');
}

function sendTooMuch(socket: WebSocket): void {
  socket.send(new Uint8Array(MAX_MESSAGE_BYTES + 1));
}

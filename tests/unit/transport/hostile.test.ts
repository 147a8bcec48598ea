/** The other side of a port may send anything: it is ignored, or the port is closed; nothing throws, nothing stays open. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchOver } from '../../../src/transport/fetchOver';
import { FRAME_KINDS, readFrame } from '../../../src/transport/frames';
import { serveFetch } from '../../../src/transport/serveFetch';
import { openChannel, settled } from './ports';

const URL_OF_TEST = 'http://tessera.test/';
const GET = { method: 'GET', url: URL_OF_TEST, headers: [], hasBody: false };

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

const awkwardMeta = fc.oneof(
  fc.anything(),
  fc.constant(GET),
  fc.constant({ ...GET, hasBody: true, method: 'POST' }),
  fc.constant({ status: 200, statusText: 'a\nb', headers: [['a b', '']], hasBody: true }),
  fc.constant({ status: 204, statusText: '', headers: [], hasBody: true }),
  fc.record({
    method: fc.string(),
    url: fc.string(),
    headers: fc.array(fc.tuple(fc.string(), fc.string())),
    hasBody: fc.boolean(),
  }),
  fc.record({ status: fc.integer(), statusText: fc.string(), headers: fc.constant([]), hasBody: fc.boolean() }),
  fc.integer(),
);

/** Near a real frame, so that many get past the first guards. */
const nearlyFrame = fc.record(
  {
    id: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double(), fc.constantFrom(-1, 2 ** 53, '1', null)),
    kind: fc.oneof(fc.constantFrom(...FRAME_KINDS), fc.string()),
    meta: awkwardMeta,
    bytes: fc.oneof(fc.uint8Array(), fc.constant(null), fc.string(), fc.constant(new ArrayBuffer(3))),
  },
  { requiredKeys: [] },
);

/** What a structured clone can carry; a function or a symbol would not leave the other side. */
const message = fc
  .oneof(nearlyFrame, fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }))
  .filter((value) => {
    try {
      structuredClone(value);
      return true;
    } catch {
      return false;
    }
  });

const POLLUTED = JSON.parse('{"__proto__":{"hasBody":true},"constructor":{"prototype":{"polluted":1}}}') as unknown;

describe('readFrame', () => {
  test('is total', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyFrame, fc.anything({ withNullPrototype: true })), (value) => void readFrame(value)),
    );
  });

  test.each([
    ['no object', 7],
    ['a kind of Object.prototype', { id: 1, kind: 'toString', meta: null, bytes: null }],
    ['an id that is no safe integer', { id: 2 ** 53, kind: 'end', meta: null, bytes: null }],
    ['an id that is text', { id: '1', kind: 'end', meta: null, bytes: null }],
    ['an exchange with the id of signals', { id: 0, kind: 'end', meta: null, bytes: null }],
    ['data without bytes', { id: 1, kind: 'data', meta: null, bytes: null }],
    ['shared bytes', { id: 1, kind: 'data', meta: null, bytes: new Uint8Array(new SharedArrayBuffer(1)) }],
    ['credit that is negative', { id: 1, kind: 'credit', meta: -1, bytes: null }],
    ['credit without end', { id: 1, kind: 'credit', meta: Number.MAX_SAFE_INTEGER, bytes: null }],
    ['a polluted request', { id: 1, kind: 'request', meta: POLLUTED, bytes: null }],
    [
      'too many headers',
      { id: 1, kind: 'request', meta: { ...GET, headers: Array(300).fill(['a', 'b']) }, bytes: null },
    ],
    [
      'headers that are too long',
      { id: 1, kind: 'request', meta: { ...GET, headers: [['a', 'b'.repeat(70_000)]] }, bytes: null },
    ],
    [
      'a status outside HTTP',
      { id: 1, kind: 'response', meta: { status: 101, statusText: '', headers: [], hasBody: false }, bytes: null },
    ],
    [
      'a body with 204',
      { id: 1, kind: 'response', meta: { status: 204, statusText: '', headers: [], hasBody: true }, bytes: null },
    ],
    [
      'a Blob for no body',
      {
        id: 1,
        kind: 'response',
        meta: { status: 200, statusText: '', headers: [], hasBody: false },
        bytes: new Blob(),
      },
    ],
    [
      'bytes for a body at rest',
      {
        id: 1,
        kind: 'response',
        meta: { status: 200, statusText: '', headers: [], hasBody: true },
        bytes: new Uint8Array(1),
      },
    ],
  ])('takes %s for nonsense', (_what, value) => {
    expect(readFrame(value)).toBeNull();
  });
});

describe('a hostile asking side', () => {
  test('gets nothing thrown and leaves nothing open', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
        const channel = openChannel();
        const served = serveFetch(channel.answering, async (request) => new Response(await request.text()));
        for (const each of messages) channel.postToAnswering(each);
        await settled(3);
        channel.close();
        await settled(3);
        expect(served.openRequests).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test('loses the port after a flood of nonsense', async () => {
    const channel = openChannel();
    let requests = 0;
    let closed = 0;
    serveFetch(channel.answering, () => {
      requests += 1;
      return new Response();
    });
    channel.asking.onClose = () => {
      closed += 1;
    };
    channel.asking.onFrame = () => {};
    for (let count = 0; count < 10_000; count += 1)
      channel.postToAnswering({ id: count, kind: '__proto__', meta: POLLUTED });
    channel.postToAnswering({ id: 1, kind: 'request', meta: GET, bytes: null });
    await settled();
    expect([requests, closed]).toEqual([0, 1]);
  });

  test('opens no more than it may, and loses the port when it goes on', async () => {
    const channel = openChannel();
    let running = 0;
    const served = serveFetch(
      channel.answering,
      (request) =>
        new Promise((_, reject) => {
          running += 1;
          request.signal.addEventListener('abort', () => {
            running -= 1;
            reject(request.signal.reason);
          });
        }),
      { maxOpenRequests: 4 },
    );
    const request = (id: number) => channel.postToAnswering({ id, kind: 'request', meta: GET, bytes: null });
    for (let id = 1; id <= 10; id += 1) request(id);
    await settled();
    expect([running, served.openRequests]).toEqual([4, 4]);
    for (let id = 11; id <= 500; id += 1) request(id);
    await settled();
    expect([running, served.openRequests]).toEqual([0, 0]);
  });

  test('loses the port when it sends what nobody asked for', async () => {
    const channel = openChannel();
    const served = serveFetch(channel.answering, () => new Promise(() => {}), { windowBytes: 1_000 });
    channel.postToAnswering({ id: 1, kind: 'request', meta: { ...GET, method: 'POST', hasBody: true }, bytes: null });
    channel.postToAnswering({ id: 1, kind: 'data', meta: null, bytes: new Uint8Array(1_001) });
    await settled();
    expect(served.openRequests).toBe(0);
    channel.close();
  });
});

describe('a hostile answering side', () => {
  test('gets nothing thrown, and every fetch settles', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 30 }), async (messages) => {
        const channel = openChannel();
        const ask = fetchOver(channel.asking);
        const outcomes = Promise.allSettled([1, 2].map(async () => (await ask(URL_OF_TEST)).text()));
        for (const each of messages) channel.postToAsking(each);
        await settled(3);
        channel.close();
        expect(await outcomes).toHaveLength(2);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ['a second answer', { kind: 'response', meta: { status: 200, statusText: '', headers: [], hasBody: true } }],
    ['bytes that nobody asked for', { kind: 'data', bytes: new Uint8Array(10_000_000) }],
    ['a request', { kind: 'request', meta: GET }],
  ])('loses the port by %s', async (_what, frame) => {
    const channel = openChannel();
    const ask = fetchOver(channel.asking);
    const first = ask(URL_OF_TEST);
    const answer = {
      id: 1,
      kind: 'response',
      meta: { status: 200, statusText: '', headers: [], hasBody: true },
      bytes: null,
    };
    channel.postToAsking(answer);
    const response = await first;
    channel.postToAsking({ id: 1, meta: null, bytes: null, ...frame });
    await expect(response.text()).rejects.toThrow(TypeError);
    await expect(ask(URL_OF_TEST)).rejects.toThrow('closed');
  });
});

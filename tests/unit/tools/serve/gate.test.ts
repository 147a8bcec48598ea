/** Who may call `npm run serve`, over real HTTP; host names and origins are set by hand, as an attacker's browser would. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { knock, openStage, type Stage } from './stage';

const KEY = 'sk_0123456789abcdef';
const FRIEND = 'https://friend.example';

let stage: Stage;
afterEach(() => stage.close());

async function open(gate: Parameters<typeof openStage>[0] = {}): Promise<void> {
  stage = await openStage(gate);
  await stage.enter(
    ({ url }) => new Response(url, { headers: { 'access-control-allow-origin': '*', 'x-ratelimit-limit': '600' } }),
  );
}

interface Heard {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** `fetch` does not let a caller choose these headers. */
async function call(headers: Record<string, string>, { method = 'GET', path = '/v2/models' } = {}): Promise<Heard> {
  const sent = request(`${stage.url}${path}`, { method, headers, agent: false }).end();
  const [response] = await once(sent, 'response');
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(pieces).toString() };
}

describe('the host name', () => {
  test.each(['127.0.0.1', '127.0.0.1:9000', 'localhost:8787', '[::1]:8787', '192.168.1.7'])(
    '%s is one of ours',
    async (host) => {
      await open();
      expect(await call({ host })).toMatchObject({ status: 200, text: `http://${host}/v2/models` });
    },
  );

  test.each(['evil.example', 'evil.example:8787', 'localhost.evil.example', '127.0.0.1.evil.example'])(
    '%s is not: a name that points here is no right to call',
    async (host) => {
      await open();
      const { status, text } = await call({ host });
      expect(status).toBe(403);
      expect(JSON.parse(text)).toMatchObject({
        error: { type: 'invalid_request_error', param: null, code: 'forbidden' },
      });
    },
  );

  test('given with --host is one of ours', async () => {
    await open({ host: 'studio.local' });
    expect(await call({ host: 'studio.local:8787' })).toMatchObject({ status: 200 });
  });

  test.each(['a b', 'user@127.0.0.1', '127.0.0.1/x', 'exa%mple'])('%j is none at all', async (host) => {
    await open();
    expect([400, 403]).toContain((await call({ host })).status);
  });
});

describe('a page of another origin', () => {
  test.each(['https://evil.example', 'null', 'http://localhost:3000', 'file://'])('%s is refused', async (origin) => {
    await open();
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, headers } = await call({ origin }, { method });
      expect(status).toBe(403);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('may call when its origin is allowed, and read what the SDKs read', async () => {
    await open({ allowedOrigins: [FRIEND] });
    const { status, headers } = await call({ origin: FRIEND });
    expect({ status, headers }).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': FRIEND, vary: 'origin' },
    });
    expect(headers['access-control-expose-headers']).toContain('x-ratelimit-remaining');
    expect((await call({ origin: 'https://evil.example' })).status).toBe(403);
  });

  test('may ask first, with the headers of the SDKs and no others', async () => {
    await open({ allowedOrigins: [FRIEND], key: KEY });
    const { status, headers } = await call(
      {
        origin: FRIEND,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-retry-count,x-evil',
      },
      { method: 'OPTIONS' },
    );
    expect(status).toBe(204);
    expect(headers['access-control-allow-headers']).toBe('authorization, content-type, range, x-stainless-retry-count');
    expect(headers['access-control-allow-methods']).toContain('POST');
  });

  test('gets no leave from the page that draws', async () => {
    await open();
    expect((await call({})).headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('a key', () => {
  test.each([
    ['no key', {}],
    ['another key', { authorization: `Bearer ${KEY}x` }],
    ['a part of the key', { authorization: `Bearer ${KEY.slice(0, -1)}` }],
    ['another scheme', { authorization: `Basic ${KEY}` }],
    ['an empty key', { authorization: 'Bearer ' }],
  ])('is needed: %s is 401', async (_what, headers) => {
    await open({ key: KEY });
    const { status, text } = await call(headers);
    expect(status).toBe(401);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'invalid_api_key', param: null } });
  });

  test('opens everything; signed downloads and the health need none', async () => {
    await open({ key: KEY });
    expect(await call({ authorization: `Bearer ${KEY}` })).toMatchObject({ status: 200 });
    expect(await call({}, { path: '/v2/downloads/req-1/0?exp=1&sig=2' })).toMatchObject({ status: 200 });
    expect(await call({}, { path: '/v2/downloads/../models' })).toMatchObject({ status: 401 });
    expect(await call({}, { path: '/health' })).toMatchObject({ status: 200 });
  });
});

describe('a request beyond the limits', () => {
  test('of the body is 413, told or untold', async () => {
    await open();
    const body = new Uint8Array(25 * 1024 * 1024 + 1);
    for (const given of [body, new Blob([body]).stream()]) {
      const init = { method: 'POST', body: given, duplex: 'half' } as RequestInit;
      const status = await fetch(`${stage.url}/v2/images/generations`, init).then(
        (answer) => answer.status,
        // The server may have hung up before all was sent.
        () => 413,
      );
      expect(status).toBe(413);
    }
  });

  test('of the headers is 431', async () => {
    await open();
    expect((await call({ 'x-long': 'x'.repeat(40_000) })).status).toBe(431);
  });

  test('that is no HTTP is 400, and the server goes on', async () => {
    await open();
    const socket = connect({ port: Number(new URL(stage.url).port), host: '127.0.0.1' });
    socket.end('nonsense\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('400');
    expect((await call({})).status).toBe(200);
  });
});

describe('the door of the page', () => {
  test('opens once for each token and role, to our own page only', async () => {
    stage = await openStage();
    const { doorUrl, door } = stage;
    await expect(knock(doorUrl, { role: 'asks', token: '' })).rejects.toThrow();
    const { token } = door.expect();
    await expect(knock(doorUrl, { role: 'asks', token: `${token.slice(0, -1)}_` })).rejects.toThrow();
    await expect(knock(doorUrl, { role: 'asks', token, origin: 'http://evil.example' })).rejects.toThrow();
    await expect(knock(doorUrl, { role: 'owns', token })).rejects.toThrow();
    const asks = await knock(doorUrl, { role: 'asks', token });
    await expect(knock(doorUrl, { role: 'asks', token })).rejects.toThrow();
    const answers = await knock(doorUrl, { role: 'answers', token });
    await expect(knock(doorUrl, { role: 'answers', token })).rejects.toThrow();
    for (const socket of [asks, answers]) socket.terminate();
  });
});

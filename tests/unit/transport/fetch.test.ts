/** A fetch over a port is a fetch: what it takes, what it gives, how it fails. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fetchOver } from '../../../src/transport/fetchOver';
import type { Frame, FramePort } from '../../../src/transport/frames';
import { type FetchHandler, serveFetch } from '../../../src/transport/serveFetch';
import { openChannel, settled } from './ports';

const URL_OF_TEST = 'http://tessera.test/v2/models?type=image';

let close = () => {};
afterEach(() => close());

function over(handler: FetchHandler, baseUrl?: string): typeof fetch {
  const channel = openChannel();
  close = channel.close;
  serveFetch(channel.answering, handler);
  return fetchOver(channel.asking, baseUrl === undefined ? {} : { baseUrl });
}

describe('fetchOver', () => {
  test('carries method, address, headers and body', async () => {
    const ask = over(async (request) =>
      Response.json({
        method: request.method,
        url: request.url,
        key: request.headers.get('authorization'),
        body: await request.text(),
      }),
    );
    const answer = await ask(
      new Request(URL_OF_TEST, { method: 'PUT', body: 'é', headers: { authorization: 'Bearer k' } }),
    );
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({ method: 'PUT', url: URL_OF_TEST, key: 'Bearer k', body: 'é' });
  });

  test('carries forms', async () => {
    const ask = over(async (request) => {
      const form = await request.formData();
      return new Response(form.get('image') as Blob);
    });
    const body = new FormData();
    body.set('image', new Blob(['pixels'], { type: 'image/png' }), 'a.png');
    expect(await (await ask(URL_OF_TEST, { method: 'POST', body })).text()).toBe('pixels');
  });

  test('resolves relative addresses against its base', async () => {
    const ask = over((request) => new Response(request.url), 'https://host.test/sub/embed.html');
    expect(await (await ask('v2/models')).text()).toBe('https://host.test/sub/v2/models');
    expect(await (await ask('https://other.test/v2')).text()).toBe('https://other.test/v2');
  });

  test.each([204, 205, 304])('carries %i, which has no body', async (status) => {
    const answer = await over(() => new Response(null, { status }))(URL_OF_TEST);
    expect([answer.status, await answer.text()]).toEqual([status, '']);
  });

  test('carries errors of the contract as the answers they are', async () => {
    const answer = await over(() => Response.json({ error: { code: 'not_found' } }, { status: 404 }))(URL_OF_TEST);
    expect([answer.ok, answer.status, await answer.json()]).toEqual([false, 404, { error: { code: 'not_found' } }]);
  });

  test('gives each piece of a stream as it comes', async () => {
    let enqueue = (_text: string) => {};
    const events = new ReadableStream({
      start(controller) {
        enqueue = (text) => controller.enqueue(new TextEncoder().encode(text));
      },
    });
    const answer = await over(() => new Response(events))(URL_OF_TEST);
    const reader = answer.body?.getReader();
    for (const text of ['event: a\n\n', 'event: b\n\n']) {
      enqueue(text);
      const { value } = (await reader?.read()) ?? {};
      expect(new TextDecoder().decode(value)).toBe(text);
    }
  });

  test('hands over a body that lies ready, and copies none of it', async () => {
    const channel = openChannel();
    close = channel.close;
    const picture = new Blob([new Uint8Array(3_000_000)], { type: 'image/png' });
    serveFetch(channel.answering, () => new Response(picture, { headers: { 'content-length': String(picture.size) } }));
    const answer = await fetchOver(channel.asking)(URL_OF_TEST);
    const received = await answer.blob();
    expect([received.size, received.type, answer.headers.get('content-length')]).toEqual([
      3_000_000,
      'image/png',
      '3000000',
    ]);
    expect(channel.passed.filter(({ frame }) => frame.kind === 'data')).toEqual([]);
  });

  test('sends the same body in pieces where a port takes bytes only', async () => {
    const channel = openChannel();
    close = channel.close;
    const { answering } = channel;
    Object.assign(answering, { carriesBlobs: false });
    const picture = new Blob([new Uint8Array(3_000_000)], { type: 'image/png' });
    serveFetch(answering, () => new Response(picture, { headers: { 'content-length': String(picture.size) } }));
    expect((await (await fetchOver(channel.asking)(URL_OF_TEST)).blob()).size).toBe(3_000_000);
  });

  test('rejects as a broken connection does when the handler throws', async () => {
    const ask = over(() => {
      throw new Error('no engine');
    });
    await expect(ask(URL_OF_TEST)).rejects.toThrow(new TypeError('no engine'));
  });

  test('fails a body that breaks in the middle', async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(5)),
      pull: (controller) => controller.error(new Error('the disk is gone')),
    });
    const answer = await over(() => new Response(broken))(URL_OF_TEST);
    await expect(answer.text()).rejects.toThrow('the disk is gone');
  });

  test('fails when the body of the request breaks', async () => {
    const signals: AbortSignal[] = [];
    const ask = over(async (request) => {
      signals.push(request.signal);
      return new Response(await request.text());
    });
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('no camera')) });
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' };
    await expect(ask(URL_OF_TEST, init)).rejects.toThrow('no camera');
    await settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test.each([
    ['an address longer than any', `http://tessera.test/${'a'.repeat(70_000)}`, {}],
    ['headers longer than any', URL_OF_TEST, { headers: { a: 'b'.repeat(70_000) } }],
  ])('refuses %s instead of waiting for ever', async (_what, url, init) => {
    await expect(over(() => new Response())(url, init)).rejects.toThrow(TypeError);
  });

  test('refuses an answer with headers longer than any', async () => {
    const ask = over(() => new Response('', { headers: { a: 'b'.repeat(70_000) } }));
    await expect(ask(URL_OF_TEST)).rejects.toThrow('none that Tessera can carry');
  });

  test('asks nothing with a signal that is aborted already', async () => {
    let requests = 0;
    const ask = over(() => {
      requests += 1;
      return new Response();
    });
    await expect(ask(URL_OF_TEST, { signal: AbortSignal.abort('too late') })).rejects.toBe('too late');
    await settled();
    expect(requests).toBe(0);
  });

  test('tells the handler when nobody reads on', async () => {
    const signals: AbortSignal[] = [];
    const cancelled: unknown[] = [];
    const ask = over((request) => {
      signals.push(request.signal);
      return new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(100)),
          cancel: (reason) => void cancelled.push(reason),
        }),
      );
    });
    const answer = await ask(URL_OF_TEST);
    await answer.body?.cancel('seen enough');
    await settled();
    expect(signals[0]?.aborted).toBe(true);
    expect(cancelled).toEqual([new DOMException('seen enough', 'AbortError')]);
  });

  test('rejects at once on a port that is closed', async () => {
    const ask = over(() => new Response());
    close();
    await settled();
    await expect(ask(URL_OF_TEST)).rejects.toThrow(TypeError);
  });
});

describe('a port that falls silent', () => {
  /** A port whose other side takes everything and never says a word. */
  function silentPort(): FramePort & { readonly sent: Frame[] } {
    const sent: Frame[] = [];
    const port = {
      sent,
      onFrame: null as ((received: unknown) => void) | null,
      onClose: null as (() => void) | null,
      send: (frame: Frame) => void sent.push(frame),
      close: () => port.onClose?.(),
    };
    return port;
  }

  afterEach(() => vi.useRealTimers());

  test('is given up after half a minute of pings', async () => {
    vi.useFakeTimers();
    const port = silentPort();
    const outcome = fetchOver(port)(URL_OF_TEST).catch((reason: unknown) => reason);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await outcome).toBeInstanceOf(TypeError);
    expect(port.sent.filter(({ kind }) => kind === 'ping').length).toBeGreaterThan(3);
  });

  test('is kept while it answers pings', async () => {
    vi.useFakeTimers();
    const port = silentPort();
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    void fetchOver(port)(URL_OF_TEST).then(settle, settle);
    for (let round = 0; round < 20; round += 1) {
      await vi.advanceTimersByTimeAsync(25_000);
      port.onFrame?.({ id: 0, kind: 'pong', meta: null, bytes: null });
    }
    expect(isSettled).toBe(false);
  });

  test('is not held against it that the machine slept', async () => {
    vi.useFakeTimers();
    const port = silentPort();
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    void fetchOver(port)(URL_OF_TEST).then(settle, settle);
    await vi.advanceTimersByTimeAsync(20_000);
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    await vi.advanceTimersByTimeAsync(10_000);
    port.onFrame?.({ id: 0, kind: 'pong', meta: null, bytes: null });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(isSettled).toBe(false);
  });

  test('costs no timer once everything is answered', async () => {
    vi.useFakeTimers();
    const port = silentPort();
    const outcome = fetchOver(port)(URL_OF_TEST);
    await vi.advanceTimersByTimeAsync(6_000);
    const meta = { status: 204, statusText: '', headers: [], hasBody: false };
    port.onFrame?.({ id: 1, kind: 'response', meta, bytes: null });
    expect(vi.getTimerCount()).toBe(1);
    port.onFrame?.({ id: 1, kind: 'end', meta: null, bytes: null });
    expect([(await outcome).status, vi.getTimerCount()]).toEqual([204, 0]);
  });

  test('costs no timer once it is closed', async () => {
    vi.useFakeTimers();
    const port = silentPort();
    const outcome = fetchOver(port)(URL_OF_TEST, { signal: AbortSignal.timeout(1) }).catch(() => {});
    port.close();
    await outcome;
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** What a client hears when the page that draws for it dies. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStage, type PageFetch, type Stage } from './stage';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const never: PageFetch = () => new Promise(() => {});
const json: PageFetch = async (request) => Response.json({ echo: await request.text(), url: request.url });

const ask = (init: RequestInit = { method: 'POST', body: 'a red apple' }) =>
  fetch(`${stage.url}/v2/images/generations?x=1`, init);

/** Answers at once with the given text, and goes on when told. */
function openAnswer(type: string, text: string) {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const body = new ReadableStream<Uint8Array>({
    start(its) {
      controller = its;
      its.enqueue(new TextEncoder().encode(text));
    },
  });
  const fetch: PageFetch = () => new Response(body, { headers: { 'content-type': type } });
  return { fetch, end: () => controller?.close() };
}

describe('a request', () => {
  test('goes to the page and comes back, URL, method, headers and body', async () => {
    await stage.enter(async (request) => {
      const { method, url, headers } = request;
      const heard = { method, url, key: headers.get('authorization'), body: await request.text() };
      return Response.json(heard, { status: 418, headers: { 'x-ratelimit-limit': '600' } });
    });
    const answer = await ask({ method: 'POST', body: 'a red apple', headers: { authorization: 'Bearer sk_x' } });
    expect(answer.status).toBe(418);
    expect(answer.headers.get('x-ratelimit-limit')).toBe('600');
    const url = `${stage.url}/v2/images/generations?x=1`;
    expect(await answer.json()).toEqual({ method: 'POST', url, key: 'Bearer sk_x', body: 'a red apple' });
  });

  test('whose page died before it said anything is taken to the next one', async () => {
    const first = await stage.enter(async () => {
      first.die();
      await stage.enter(json);
      return new Promise(() => {});
    });
    const answer = await ask();
    expect(await answer.json()).toMatchObject({ echo: 'a red apple' });
  });

  test('is not taken to a third one: 503 engine_unavailable', async () => {
    let deaths = 0;
    const mortal: PageFetch = async () => {
      deaths += 1;
      page.die();
      page = await stage.enter(mortal);
      return new Promise(() => {});
    };
    let page = await stage.enter(mortal);
    const answer = await ask();
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('10');
    expect(await answer.json()).toMatchObject({ error: { code: 'engine_unavailable', param: null } });
    expect(deaths).toBe(2);
  });

  test('without a page is 503 engine_unavailable with a time to come back', async () => {
    const answer = await ask();
    expect({ status: answer.status, wait: answer.headers.get('retry-after') }).toEqual({ status: 503, wait: '10' });
    expect(await answer.json()).toMatchObject({ error: { code: 'engine_unavailable' } });
  });

  test('that the page fails at is 500, and not asked again', async () => {
    let asked = 0;
    await stage.enter(() => {
      asked += 1;
      throw new Error('broken');
    });
    const answer = await ask();
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ error: { code: 'server_error', message: 'broken' } });
    expect(asked).toBe(1);
  });

  test('whose client hangs up is aborted in the page', async () => {
    const stop = new AbortController();
    const aborted = new Promise<void>((resolve) => {
      void stage.enter((request) => {
        request.signal.addEventListener('abort', () => resolve());
        stop.abort();
        return never(request);
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(ask({ signal: stop.signal })).rejects.toThrow();
    await aborted;
  });

  test('whose client hangs up while its answer streams is aborted in the page, too', async () => {
    const stop = new AbortController();
    const cancelled = new Promise<void>((resolve) => {
      const body = new ReadableStream({ start: (its) => its.enqueue(new Uint8Array([32])), cancel: () => resolve() });
      void stage.enter(() => new Response(body, { headers: { 'content-type': 'application/json' } }));
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const answer = await ask({ signal: stop.signal });
    expect(answer.status).toBe(200);
    stop.abort();
    await cancelled;
  });
});

describe('an answer that has begun', () => {
  test('with spaces goes on with what the next page says', async () => {
    const page = await stage.enter(openAnswer('application/json', '  ').fetch);
    const answer = await ask();
    page.die();
    await stage.enter(json);
    expect(await answer.text()).toMatch(/^ {2}\{"echo":"a red apple"/);
  });

  test('with spaces ends with an error when there is no other page', async () => {
    const page = await stage.enter(openAnswer('application/json', ' ').fetch);
    const answer = await ask();
    page.die();
    expect(await answer.json()).toMatchObject({ error: { code: 'engine_unavailable' } });
  });

  test('with spaces ends with an error when the second page dies as well', async () => {
    const first = await stage.enter(openAnswer('application/json', ' ').fetch);
    const answer = await ask();
    first.die();
    const second = await stage.enter(openAnswer('application/json', ' ').fetch);
    const heard = answer.json();
    await new Promise((resolve) => setTimeout(resolve, 100));
    second.die();
    expect(await heard).toMatchObject({ error: { code: 'engine_unavailable' } });
  });

  test('with events ends with an error event', async () => {
    const page = await stage.enter(openAnswer('text/event-stream', 'event: a\ndata: {}\n\n').fetch);
    const answer = await ask();
    page.die();
    const lines = (await answer.text()).trim().split('\n');
    expect(lines.at(-2)).toBe('event: error');
    expect(JSON.parse(lines.at(-1)?.replace('data: ', '') ?? '')).toMatchObject({
      error: { code: 'engine_unavailable' },
    });
  });

  test('with half its JSON, or half a picture, breaks off: nobody may take it for whole', async () => {
    for (const [type, text] of [
      ['application/json', ' {"id"'],
      ['image/png', 'half'],
    ] as const) {
      const page = await stage.enter(openAnswer(type, text).fetch);
      const answer = await ask();
      page.die();
      await expect(answer.text()).rejects.toThrow();
    }
  });

  test('comes as it is made', async () => {
    const { fetch: opened, end } = openAnswer('application/json', ' ');
    await stage.enter(opened);
    const reader = (await ask()).body?.getReader();
    expect(await reader?.read()).toMatchObject({ value: new Uint8Array([32]) });
    end();
    expect(await reader?.read()).toMatchObject({ done: true });
  });
});

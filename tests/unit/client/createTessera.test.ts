import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTessera, type GenerateProgress, type GenerateRequest } from '../../../src/client';
import { type Answer, apiServer, events, json } from './apiServer';

const REQUEST: GenerateRequest = { model: 'pocket', prompt: 'a red apple' };
const ANSWER = { id: 'req-1', status: 'completed', data: [{ url: 'https://example.org/1.png' }] };
const REFUSAL = { error: { message: "Unsupported resolution '8K'.", code: 'invalid_parameter', param: 'resolution' } };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function served(answer: Answer, path = '') {
  const server = await apiServer(answer);
  closing.push(server.close);
  return { ...server, tessera: createTessera({ baseUrl: `${server.baseUrl}${path}`, apiKey: 'sk_1' }) };
}

describe('a client', () => {
  it('asks with its key, below the folder that the app is served from', async () => {
    const { tessera, seen } = await served(json(200, ANSWER), 'sub/folder');
    expect(await tessera.images.generate(REQUEST)).toEqual(ANSWER);
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/sub/folder/v2/images/generations',
        authorization: 'Bearer sk_1',
        body: JSON.stringify(REQUEST),
      },
    ]);
  });

  it('asks for models, the balance and the costs', async () => {
    const { tessera, seen } = await served(json(200, []));
    await tessera.models.list();
    await tessera.models.retrieve('a/b');
    await tessera.billing.balance();
    await tessera.billing.costs({ start: new Date(0), end: new Date(86_400_000) });
    expect(seen.map(({ url }) => url)).toEqual([
      '/v2/models',
      '/v2/models/a%2Fb',
      '/v2/billing/balance',
      '/v2/billing/costs?start=1970-01-01T00%3A00%3A00.000Z&end=1970-01-02T00%3A00%3A00.000Z',
    ]);
  });

  it('takes relative and whole URLs in its fetch', async () => {
    const { tessera, baseUrl, seen } = await served(json(200, {}));
    await tessera.fetch('v1/models');
    await tessera.fetch(new Request(`${baseUrl}v1/models/pocket`));
    expect(seen.map(({ url }) => url)).toEqual(['/v1/models', '/v1/models/pocket']);
  });

  it('leads SDKs that ask at the hosted address to where Tessera is', async () => {
    const { tessera, seen } = await served(json(200, {}), 'sub/');
    await tessera.fetch('https://api.getimg.ai/v2/images/generations', { method: 'POST', body: '{}' });
    expect(seen).toMatchObject([{ method: 'POST', url: '/sub/v2/images/generations', body: '{}' }]);
  });

  it('uses the engine of its own page without a detour', async () => {
    const fetchInPage = vi.fn(async () => Response.json(ANSWER));
    vi.stubGlobal('tessera', { baseUrl: 'https://tessera.example/', fetch: fetchInPage });
    const tessera = createTessera({ baseUrl: 'https://tessera.example' });
    expect(await tessera.images.generate(REQUEST)).toEqual(ANSWER);
    expect(fetchInPage).toHaveBeenCalledOnce();
  });

  it('takes another way when it is given one', async () => {
    const other = async () => Response.json(ANSWER);
    const tessera = createTessera({ baseUrl: 'https://tessera.example/', fetch: other });
    expect(await tessera.images.generate(REQUEST)).toEqual(ANSWER);
  });
});

describe('an error of the API', () => {
  it('is an ApiError again', async () => {
    const { tessera } = await served(json(400, REFUSAL));
    await expect(tessera.images.generate(REQUEST)).rejects.toMatchObject({
      name: 'ApiError',
      code: 'invalid_parameter',
      param: 'resolution',
      status: 400,
      message: "Unsupported resolution '8K'.",
    });
  });

  it('is one in a 200 too, after the white space that kept the connection alive', async () => {
    const { tessera } = await served((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`${' '.repeat(40)}${JSON.stringify(REFUSAL)}`);
    });
    await expect(tessera.images.generate(REQUEST)).rejects.toMatchObject({ code: 'invalid_parameter' });
  });

  it('says when to come back', async () => {
    const { tessera } = await served((response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' });
      response.end(JSON.stringify({ error: { message: 'Too many.', code: 'rate_limit' } }));
    });
    await expect(tessera.images.generate(REQUEST)).rejects.toMatchObject({ code: 'rate_limit', retryAfterS: 7 });
  });

  it.each([
    [404, 'not_found'],
    [502, 'server_error'],
    [200, 'server_error'],
  ])('is made of what no Tessera answered: %d', async (status, code) => {
    const { tessera } = await served((response) => response.writeHead(status).end('<h1>Something else</h1>'));
    await expect(tessera.models.list()).rejects.toMatchObject({ name: 'ApiError', code });
  });

  it('is one when nobody answers', async () => {
    const { tessera, close } = await served(json(200, {}));
    await close();
    await expect(tessera.billing.balance()).rejects.toMatchObject({ name: 'ApiError', code: 'server_error' });
  });

  it('is `cancelled` when the caller stops, and the server hears of it', async () => {
    let isGone = false;
    const { tessera, seen } = await served((response) => {
      response.on('close', () => {
        isGone = true;
      });
    });
    const stop = new AbortController();
    const answer = tessera.images.generate(REQUEST, { signal: stop.signal });
    answer.catch(() => {});
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    stop.abort();
    await expect(answer).rejects.toMatchObject({ name: 'ApiError', code: 'cancelled' });
    await vi.waitFor(() => expect(isGone).toBe(true));
  });
});

describe('progress', () => {
  const follow = async (answer: Answer) => {
    const { tessera, seen } = await served(answer);
    const told: GenerateProgress[] = [];
    const result = tessera.images.generate(REQUEST, { onProgress: (progress) => told.push(progress) });
    return { result, told, seen };
  };

  it('comes with the previews, and the answer last', async () => {
    const { result, told, seen } = await follow(
      events(
        ['image_generation.queued', { type: 'image_generation.queued', position: 2 }],
        ['something.new', { type: 'something.new' }],
        ['image_generation.partial_image', { b64_json: btoa('preview'), partial_image_index: 1 }],
        ['image_generation.completed', { type: 'image_generation.completed', ...ANSWER }],
      ),
    );
    expect(await result).toMatchObject(ANSWER);
    expect(told).toEqual([
      { type: 'queued', position: 2 },
      { type: 'preview', index: 1, image: expect.any(Blob) },
    ]);
    expect(await (told[1] as { image: Blob }).image.text()).toBe('preview');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ ...REQUEST, stream: true });
  });

  it('ends with the error that the stream brings', async () => {
    const { result } = await follow(events(['error', { error: { message: 'Lost.', code: 'gpu_unavailable' } }]));
    await expect(result).rejects.toMatchObject({ code: 'gpu_unavailable', message: 'Lost.' });
  });

  it('ends with an error when the stream is cut', async () => {
    const { result } = await follow(events(['image_generation.partial_image', { b64_json: '' }]));
    await expect(result).rejects.toMatchObject({ code: 'server_error' });
  });

  it('is no obstacle to a refusal before the stream', async () => {
    const { result } = await follow(json(400, REFUSAL));
    await expect(result).rejects.toMatchObject({ code: 'invalid_parameter', param: 'resolution' });
  });
});

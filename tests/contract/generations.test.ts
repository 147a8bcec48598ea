import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/api/errors';
import { Answer } from '../../src/api/openapi/schemas';
import { wordListPolicy } from '../../src/api/policy';
import { get, openStage, pause, post, REQUEST, references, refusalOf } from './service';

const PATH = '/v2/images/generations';

interface AnswerBody {
  readonly id: string;
  readonly model: string;
  readonly data: {
    readonly url: string;
    readonly width: number;
    readonly height: number;
    readonly mime_type: string;
  }[];
  readonly usage: Record<string, unknown>;
  readonly seed: number;
  readonly served_by: string;
}

async function answerOf(response: Response): Promise<AnswerBody> {
  expect(response.status).toBe(200);
  return (await response.json()) as AnswerBody;
}

describe('an answer', () => {
  it('has every field of the contract', async () => {
    const { api } = openStage();
    const answer = await answerOf(await api.fetch(post(PATH, { ...REQUEST, output_format: 'webp' })));
    expect(v.safeParse(Answer, answer).issues).toBeUndefined();
    expect(answer.id).toMatch(/^req-[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(answer.data).toHaveLength(1);
    expect(answer.data[0]).toMatchObject({ width: 1024, height: 1024, mime_type: 'image/webp' });
    expect(answer.usage).toEqual({ billable_unit: 'image', quantity: 1, unit_price: 0, total_cost: 0 });
  });

  it('bills the alias at its own price, whoever drew', async () => {
    const { api, ledger } = openStage();
    const answer = await answerOf(await api.fetch(post(PATH, { model: 'seedream-4-5', prompt: 'a cat', n: 3 })));
    expect(answer).toMatchObject({ model: 'seedream-4-5', served_by: 'pocket' });
    expect(answer.data[0]).toMatchObject({ width: 2048, height: 2048 });
    expect(answer.usage).toEqual({ billable_unit: 'image', quantity: 3, unit_price: 0.04, total_cost: 0.12 });
    expect(await ledger.balance()).toBe('9.88');
  });

  it('draws n pictures with seeds one apart, round the end', async () => {
    const { api, drawn } = openStage();
    const answer = await answerOf(await api.fetch(post(PATH, { ...REQUEST, n: 2, seed: 4294967295 })));
    expect(drawn.map(({ seed }) => seed)).toEqual([4294967295, 0]);
    expect(answer.seed).toBe(4294967295);
    expect(new Set(answer.data.map(({ url }) => url)).size).toBe(2);
  });

  it('ignores unknown fields, and nulls of optional ones', async () => {
    const { api } = openStage();
    await answerOf(await api.fetch(post(PATH, { ...REQUEST, user: 'me', width: 'x', aspect_ratio: null, seed: null })));
  });

  it('links to pictures that load with and without ranges', async () => {
    const { api } = openStage();
    const answer = await answerOf(await api.fetch(post(PATH, { ...REQUEST, output_format: 'png' })));
    const url = answer.data[0]?.url ?? '';
    const whole = await api.fetch(new Request(url));
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('image/png');
    expect(whole.headers.get('access-control-allow-origin')).toBe('*');
    const bytes = new Uint8Array(await whole.arrayBuffer());
    expect(whole.headers.get('content-length')).toBe(String(bytes.length));
    const part = await api.fetch(get(url, { range: 'bytes=2-5' }));
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-5/${bytes.length}`]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(2, 6));
    const tail = await api.fetch(get(url, { range: 'bytes=-3' }));
    expect(new Uint8Array(await tail.arrayBuffer())).toEqual(bytes.slice(-3));
    expect((await api.fetch(get(url, { range: `bytes=${bytes.length}-` }))).status).toBe(416);
    const head = await api.fetch(new Request(url, { method: 'HEAD' }));
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(bytes.length),
      '',
    ]);
    for (const wrong of [url.replace(/sig=./, 'sig=x'), url.replace(/exp=\d/, 'exp=9'), url.replace('/0?', '/1?')]) {
      expect(await refusalOf(await api.fetch(new Request(wrong)))).toMatchObject({ status: 404, code: 'not_found' });
    }
  });
});

describe('a refusal', () => {
  const cases: readonly (readonly [string, unknown, number, string, string | null])[] = [
    ['no model', { prompt: 'x' }, 400, 'parameter_missing', 'model'],
    ['no prompt', { model: 'pocket' }, 400, 'parameter_missing', 'prompt'],
    ['a blank prompt', { model: 'pocket', prompt: ' \n' }, 400, 'parameter_missing', 'prompt'],
    ['a long prompt', { model: 'pocket', prompt: '🌵'.repeat(4097) }, 400, 'invalid_parameter', 'prompt'],
    ['an unknown model', { model: 'nobody', prompt: 'x' }, 400, 'invalid_parameter', 'model'],
    ['an unknown ratio', { ...REQUEST, aspect_ratio: '5:4' }, 400, 'invalid_parameter', 'aspect_ratio'],
    ['an unknown resolution', { ...REQUEST, resolution: '8K' }, 400, 'invalid_parameter', 'resolution'],
    [
      '1K of the alias',
      { model: 'seedream-4-5', prompt: 'x', resolution: '1K' },
      400,
      'invalid_parameter',
      'resolution',
    ],
    ['an unknown format', { ...REQUEST, output_format: 'gif' }, 400, 'invalid_parameter', 'output_format'],
    ['an eleventh reference', { ...REQUEST, images: references(11) }, 400, 'invalid_parameter', 'images'],
    [
      'an eleventh reference for the alias',
      { model: 'seedream-4-5', prompt: 'x', images: references(11) },
      400,
      'invalid_parameter',
      'images',
    ],
    ['an image without URL', { ...REQUEST, images: [{}] }, 400, 'parameter_missing', 'images.0.url'],
    ['another role', { ...REQUEST, images: [{ url: 'x', role: 'mask' }] }, 400, 'invalid_parameter', 'images.0.role'],
    ['a wrong seed', { ...REQUEST, seed: 1.5 }, 400, 'invalid_parameter', 'seed'],
    ['too many steps', { ...REQUEST, steps: 99 }, 400, 'invalid_parameter', 'steps'],
    ['too many pictures', { ...REQUEST, n: 11 }, 400, 'invalid_parameter', 'n'],
    ['guidance', { ...REQUEST, guidance: 3 }, 400, 'invalid_parameter', 'guidance'],
    ['a negative prompt', { ...REQUEST, negative_prompt: 'y' }, 400, 'invalid_parameter', 'negative_prompt'],
    ['strength', { ...REQUEST, strength: 0.5 }, 400, 'invalid_parameter', 'strength'],
    ['a mask', { ...REQUEST, mask: 'data:,' }, 400, 'invalid_parameter', 'mask'],
    ['an unknown engine', { ...REQUEST, engine: 'cloud' }, 400, 'invalid_parameter', 'engine'],
    ['the hosted engine where there is none', { ...REQUEST, engine: 'hosted' }, 400, 'invalid_parameter', 'engine'],
    ['a list', [REQUEST], 400, 'invalid_parameter', null],
    ['no JSON', '{"model":', 400, 'invalid_parameter', null],
  ];
  it.each(cases)('of %s names it, before any work', async (_, body, status, code, param) => {
    const { api, drawn, ledger } = openStage();
    const response = await api.fetch(post(PATH, body));
    expect(response.headers.get('x-ratelimit-remaining')).toBe('600');
    expect(await refusalOf(response)).toEqual({ status, code, param });
    expect(drawn).toEqual([]);
    expect(await ledger.balance()).toBe('10.00');
  });

  it('of a missing key says so in the words of the contract', async () => {
    const { api } = openStage();
    const request = new Request('https://tessera.example/v2/models');
    const response = await api.fetch(request);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      error: {
        message: 'Incorrect API key provided. You can manage your API keys at https://getimg.ai/app/developer/api-keys',
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_api_key',
        doc_url: 'https://docs.getimg.ai/guides/authentication',
      },
    });
  });

  it('of kind, size, method and path', async () => {
    const { api } = openStage();
    const of = async (request: Request) => refusalOf(await api.fetch(request));
    const wrongType = post(PATH, 'x', { headers: { 'content-type': 'text/plain' } });
    expect(await of(wrongType)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    const large = post(PATH, JSON.stringify({ ...REQUEST, padding: 'x'.repeat(25 * 1024 * 1024) }));
    expect(await of(large)).toMatchObject({ status: 413, code: 'payload_too_large' });
    const wrongMethod = await api.fetch(get(PATH));
    expect(wrongMethod.headers.get('allow')).toBe('POST');
    expect(await refusalOf(wrongMethod)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(await of(get('/v2/nothing'))).toMatchObject({ status: 404, code: 'not_found' });
    expect(await of(post('/v2/videos/generations', {}))).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('by the owner, and by nobody else, is 422', async () => {
    const { api, drawn } = openStage({ deps: { policy: wordListPolicy(['Secret']) } });
    const refused = await api.fetch(post(PATH, { ...REQUEST, prompt: 'a SECRET garden' }));
    expect(await refusalOf(refused)).toEqual({ status: 422, code: 'content_policy_violation', param: 'prompt' });
    expect(drawn).toEqual([]);
    expect((await api.fetch(post(PATH, { ...REQUEST, prompt: 'secretly' }))).status).toBe(200);
  });

  it('for want of money comes before any work', async () => {
    const { api, drawn } = openStage({ budgetUsd: '0.05' });
    const ask = () => api.fetch(post(PATH, { model: 'seedream-4-5', prompt: 'x' }));
    expect((await ask()).status).toBe(200);
    expect(await refusalOf(await ask())).toMatchObject({ status: 402, code: 'quota_exceeded' });
    expect(drawn).toHaveLength(1);
    expect((await api.fetch(post(PATH, REQUEST))).status).toBe(200);
  });
});

describe('work that fails', () => {
  it('costs nothing', async () => {
    const { api, ledger } = openStage({ failure: new ApiError('gpu_unavailable', 'The GPU is gone.') });
    const response = await api.fetch(post(PATH, { model: 'seedream-4-5', prompt: 'x' }));
    expect(await refusalOf(response)).toMatchObject({ status: 503, code: 'gpu_unavailable' });
    expect(await ledger.balance()).toBe('10.00');
  });

  it('or is cancelled costs nothing, and leaves the engine at once', async () => {
    const { api, ledger, drawn, cancelled } = openStage({ drawMs: 200 });
    const abort = new AbortController();
    const request = post(PATH, { model: 'seedream-4-5', prompt: 'x' }, { signal: abort.signal });
    const response = api.fetch(request);
    await expect.poll(() => drawn.length).toBe(1);
    abort.abort();
    expect(await refusalOf(await response)).toMatchObject({ status: 499, code: 'cancelled' });
    await expect.poll(cancelled).toBe(1);
    expect(await ledger.balance()).toBe('10.00');
  });
});

describe('many requests', () => {
  it('are all answered, in order, each billed once', async () => {
    const { api, drawn, ledger } = openStage();
    const ask = (index: number) => api.fetch(post(PATH, { model: 'seedream-4-5', prompt: `number ${index}` }));
    const responses = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(index)));
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(drawn.map(({ prompt }) => prompt)).toEqual(Array.from({ length: 100 }, (_, index) => `number ${index}`));
    expect(await ledger.balance()).toBe('6.00');
  });

  it('beyond the limit are told when to come back; wrong ones do not count', async () => {
    const { api } = openStage({ api: { requestsPerMinute: 2 } });
    for (let i = 0; i < 5; i++) await api.fetch(post(PATH, { ...REQUEST, seed: -1 }));
    const [first, second, third] = [await ask(), await ask(), await ask()];
    function ask() {
      return api.fetch(post(PATH, REQUEST));
    }
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    expect(first.headers.get('x-ratelimit-limit')).toBe('2');
    expect(second.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(third.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(Number(third.headers.get('x-ratelimit-reset')) * 1000).toBeGreaterThan(Date.now());
    expect((await api.fetch(get('/v2/models'))).status).toBe(200);
    const other = await api.fetch(post(PATH, REQUEST, { headers: { authorization: 'Bearer sk_other' } }));
    expect(other.status).toBe(200);
  });

  it('beyond the queue too', async () => {
    const { api, pending } = openStage({ drawMs: 400 });
    const abort = new AbortController();
    const waiting = Array.from({ length: 128 }, () => api.fetch(post(PATH, REQUEST, { signal: abort.signal })));
    await expect.poll(pending).toBe(128);
    const refused = await api.fetch(post(PATH, REQUEST));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refusalOf(refused)).toMatchObject({ status: 429, code: 'rate_limit' });
    abort.abort();
    await Promise.all(waiting);
  });
});

describe('a broken line', () => {
  const retry = { headers: { 'x-stainless-retry-count': '1' } };

  it('leaves the job running for those who ask again', async () => {
    const { api, drawn, cancelled, ledger } = openStage({ drawMs: 300, api: { graceMs: 5_000 } });
    const abort = new AbortController();
    const body = { model: 'seedream-4-5', prompt: 'x' };
    const first = api.fetch(post(PATH, body, { signal: abort.signal }));
    await expect.poll(() => drawn.length).toBe(1);
    abort.abort();
    expect((await first).status).toBe(499);
    const second = await api.fetch(post(PATH, body, retry));
    const third = await api.fetch(post(PATH, body, retry));
    expect([second.status, third.status]).toEqual([200, 200]);
    expect((await answerOf(second)).id).toBe((await answerOf(third)).id);
    expect([drawn.length, cancelled(), await ledger.balance()]).toEqual([1, 0, '9.96']);
  });

  it('ends the job when nobody comes back', async () => {
    const { api, drawn, cancelled } = openStage({ drawMs: 600, api: { graceMs: 100 } });
    const abort = new AbortController();
    const first = api.fetch(post(PATH, REQUEST, { signal: abort.signal }));
    await expect.poll(() => drawn.length).toBe(1);
    abort.abort();
    await first;
    await expect.poll(cancelled).toBe(1);
  });

  it('does not join requests that are no retries, or of another key', async () => {
    const { api, drawn } = openStage({ drawMs: 50, api: { graceMs: 1_000 } });
    const other = { headers: { ...retry.headers, authorization: 'Bearer sk_other' } };
    await Promise.all([
      api.fetch(post(PATH, REQUEST)),
      api.fetch(post(PATH, REQUEST)),
      api.fetch(post(PATH, REQUEST, other)),
    ]);
    expect(drawn).toHaveLength(3);
  });
});

describe('a long job', () => {
  const patience = { afterMs: 50, everyMs: 20 };

  it('gets its headers before it is done, and blanks before its JSON', async () => {
    const { api } = openStage({ drawMs: 200, api: { patience } });
    const response = await api.fetch(post(PATH, REQUEST));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-ratelimit-limit')).toBe('600');
    const text = await response.text();
    expect(text).toMatch(/^ {2,}\{/);
    expect(JSON.parse(text)).toMatchObject({ status: 'completed' });
  });

  it('that fails says so in its body', async () => {
    const failure = new ApiError('bad_output', 'The picture is blank.');
    const draw = async () => {
      await pause(150);
      throw failure;
    };
    const { api, ledger } = openStage({ api: { patience }, deps: { engine: { draw, pending: 0 } } });
    const response = await api.fetch(post(PATH, { model: 'seedream-4-5', prompt: 'x' }));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ error: { code: 'bad_output' } });
    expect(await ledger.balance()).toBe('10.00');
  });

  it('is cancelled by leaving its body', async () => {
    const { api, cancelled } = openStage({ drawMs: 400, api: { patience } });
    const response = await api.fetch(post(PATH, REQUEST));
    await response.body?.cancel();
    await expect.poll(cancelled).toBe(1);
  });
});

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { HostedAnswer, HostedService } from '../../src/api/deps';
import { ApiError } from '../../src/api/errors';
import { Balance, Costs, ErrorEnvelope, Model } from '../../src/api/openapi/schemas';
import { wordListPolicy } from '../../src/api/policy';
import { ALIASES, CATALOG } from '../../src/models/catalog';
import { createDirectory } from '../../src/models/directory';
import { blindDirectory, get, openStage, post, refusalOf } from './service';

const PATH = '/v2/images/generations';

describe('models', () => {
  it('are a bare list, filtered by type', async () => {
    const { api } = openStage();
    const all = await (await api.fetch(get('/v2/models'))).json();
    expect(v.safeParse(v.array(Model), all).issues).toBeUndefined();
    expect(await (await api.fetch(get('/v2/models?type=image'))).json()).toEqual(all);
    expect(await (await api.fetch(get('/v2/models?type=video'))).json()).toEqual([]);
    expect(await refusalOf(await api.fetch(get('/v2/models?type=x')))).toMatchObject({ status: 400, param: 'type' });
  });

  it('tell what seedream-4-5 offers', async () => {
    const { api } = openStage();
    const model = await (await api.fetch(get('/v2/models/seedream-4-5'))).json();
    expect(model).toMatchObject({
      supported_aspect_ratios: ['1:1', '2:3', '3:2', '4:3', '3:4', '16:9', '9:16', '21:9'],
      supported_resolutions: ['2K', '4K'],
      supported_references: { reference_image: 10 },
      pricing: { currency: 'USD', rates: [{ unit_price: '0.04' }, { unit_price: '0.04' }] },
    });
    expect(await refusalOf(await api.fetch(get('/v2/models/nobody')))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });
});

describe('models of this machine', () => {
  it('are listed whether they are here or not, with their size and licence', async () => {
    const { api } = openStage();
    const models = (await (await api.fetch(get('/v2/models'))).json()) as { id: string }[];
    const find = (id: string) => models.find((model) => model.id === id);
    expect(find('pocket')).toMatchObject({
      installed: true,
      size_bytes: null,
      licence: 'Apache-2.0',
      supported_references: { reference_image: 10 },
    });
    expect(find('sdxs-512')).toMatchObject({ installed: false, size_bytes: 880_509_796 });
    expect(find('seedream-4-5')).not.toHaveProperty('installed');
  });

  it('that are not here are refused by name and size before any work', async () => {
    const { api, drawn, ledger } = openStage();
    const before = await ledger.balance();
    const response = await api.fetch(post(PATH, { model: 'sdxs-512', prompt: 'x', aspect_ratio: '21:9' }));
    const { error } = (await response.clone().json()) as { error: { message: string } };
    expect(await refusalOf(response)).toEqual({ status: 400, code: 'invalid_parameter', param: 'model' });
    expect(error.message).toContain("'sdxs-512' (0.9 GB) is not on this machine");
    expect(drawn).toEqual([]);
    expect(await ledger.balance()).toBe(before);
  });

  it('serve an alias by the best that is here and can do the request', async () => {
    const shelf = (...ids: string[]) =>
      createDirectory(() => CATALOG.map((entry) => ({ entry, isInstalled: ids.includes(entry.id) })), ALIASES);
    const ask = async (installed: string[], more: object = {}) => {
      const { api } = openStage({ deps: { models: shelf(...installed) } });
      const response = await api.fetch(post(PATH, { model: 'seedream-4-5', prompt: 'x', ...more }));
      return (await response.json()) as { served_by?: string; error?: { param: string } };
    };
    const images = [{ url: 'data:image/png;base64,AA==' }];
    expect(await ask(['pocket', 'sd-turbo'])).toMatchObject({ served_by: 'sd-turbo' });
    expect(await ask(['pocket', 'sdxs-512'], { aspect_ratio: '21:9' })).toMatchObject({ served_by: 'pocket' });
    expect(await ask(['pocket', 'z-image-turbo', 'sd-turbo'], { images })).toMatchObject({ served_by: 'sd-turbo' });
    expect(await ask(['flux-2-klein-4b', 'sd-turbo'], { images: [...images, ...images] })).toMatchObject({
      served_by: 'flux-2-klein-4b',
    });
    expect(await ask(['pocket', 'z-image-turbo'], { images })).toMatchObject({ served_by: 'pocket' });
    const five = Array.from({ length: 5 }, () => images).flat();
    expect(await ask(['pocket', 'flux-2-klein-4b'], { images: five })).toMatchObject({ served_by: 'pocket' });
    expect(await ask(['z-image-turbo', 'sdxs-512'], { images })).toMatchObject({ error: { param: 'images' } });
  });
});

describe('billing', () => {
  it('tells balance and costs', async () => {
    const { api } = openStage();
    await api.fetch(post(PATH, { model: 'seedream-4-5', prompt: 'x', n: 2 }));
    const balance = await (await api.fetch(get('/v2/billing/balance'))).json();
    expect(v.safeParse(Balance, balance).issues).toBeUndefined();
    expect(balance).toEqual({ balance: '9.92', currency: 'USD' });
    const day = new Date().toISOString().slice(0, 10);
    const response = await api.fetch(get(`/v2/billing/costs?start=${day}T00:00:00Z&end=${day}T23:59:59%2B00:00`));
    const costs = await response.json();
    expect(v.safeParse(Costs, costs).issues).toBeUndefined();
    expect(costs).toMatchObject({ total_cost: 0.08, data: [{ date: day, cost: 0.08 }] });
  });

  it.each([
    ['', 'start'],
    ['start=2026-01-01T00:00:00Z', 'end'],
    ['start=yesterday&end=2026-01-02T00:00:00Z', 'start'],
    ['start=2026-01-01T00:00:00&end=2026-01-02T00:00:00Z', 'start'],
    ['start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z', 'end'],
    ['start=2026-01-01T00:00:00Z&end=2026-09-01T00:00:00Z', 'end'],
  ])('refuses the span %s', async (query, param) => {
    const { api } = openStage();
    expect(await refusalOf(await api.fetch(get(`/v2/billing/costs?${query}`)))).toMatchObject({ status: 400, param });
  });
});

describe('the reference', () => {
  it('names every route, field and code, and needs no key', async () => {
    const { api } = openStage();
    const document = (await (await api.fetch(new Request('https://tessera.example/openapi.json'))).json()) as {
      paths: Record<string, unknown>;
      components: { schemas: Record<string, { properties: Record<string, unknown>; required: string[] }> };
    };
    const request = document.components.schemas.GenerateRequest;
    expect(request?.required).toEqual(['model', 'prompt']);
    expect(Object.keys(request?.properties ?? {})).toContain('negative_prompt');
    expect(Object.keys(document.paths)).toHaveLength(10);
    const page = await api.fetch(new Request('https://tessera.example/docs'));
    expect(page.headers.get('content-type')).toContain('text/html');
    const html = await page.text();
    for (const word of ['/v2/images/generations', 'quota_exceeded', 'negative_prompt', 'lang="en"'])
      expect(html).toContain(word);
    expect(html).not.toContain('<script');
  });
});

describe('a sub-path', () => {
  it('is where all routes and links are', async () => {
    const { api } = openStage({ api: { basePath: '/demo/' } });
    const answer = await (await api.fetch(post(`/demo${PATH}`, { model: 'pocket', prompt: 'x' }))).json();
    const { url } = (answer as { data: { url: string }[] }).data[0] ?? { url: '' };
    expect(url).toMatch(/^https:\/\/tessera\.example\/demo\/v2\/downloads\//);
    expect((await api.fetch(new Request(url))).status).toBe(200);
    expect((await api.fetch(get('/v2/models'))).status).toBe(404);
  });
});

describe('the hosted service', () => {
  const hostedAnswer: HostedAnswer = {
    status: 200,
    headers: { 'x-ratelimit-limit': '20' },
    body: {
      id: 'req-1',
      status: 'completed',
      model: 'seedream-4-5',
      data: [],
      usage: { quantity: 1, unit_price: 0.04 },
    },
  };

  function hosted(answer: HostedAnswer = hostedAnswer) {
    const asked: Readonly<Record<string, unknown>>[] = [];
    const service: HostedService = {
      generate: async (body) => {
        asked.push(body);
        return answer;
      },
    };
    return { asked, service };
  }

  it('is asked for what names it; its cost is in the ledger, not in the balance', async () => {
    const { asked, service } = hosted();
    const { api, drawn, ledger } = openStage({ deps: { hosted: service } });
    const response = await api.fetch(post(PATH, { model: 'pocket', prompt: 'x', engine: 'hosted' }));
    expect(response.headers.get('x-ratelimit-limit')).toBe('20');
    expect(await response.json()).toMatchObject({ id: 'req-1', model: 'pocket', served_by: 'hosted' });
    expect([asked.length, drawn.length, await ledger.balance()]).toEqual([1, 0, '10.00']);
    expect((await ledger.summary()).hosted).toEqual({ pictures: 1, cost: '0.04' });
  });

  it('is asked by auto only where this machine cannot', async () => {
    const { asked, service } = hosted();
    const well = openStage({ deps: { hosted: service } });
    await well.api.fetch(post(PATH, { model: 'pocket', prompt: 'x', engine: 'auto' }));
    expect(asked).toHaveLength(0);
    const ill = openStage({ deps: { hosted: service }, failure: new ApiError('webgpu_unavailable', 'No GPU.') });
    await ill.api.fetch(post(PATH, { model: 'pocket', prompt: 'x', engine: 'auto', resolution: '1K' }));
    expect(asked[0]?.resolution).toBeUndefined();
    expect(await ill.ledger.balance()).toBe('10.00');
    const images = [{ url: 'https://x.test/a.png' }];
    const blind = openStage({ deps: { hosted: service, models: blindDirectory } });
    await blind.api.fetch(post(PATH, { model: 'pocket', prompt: 'x', engine: 'auto', images }));
    expect(asked[1]?.images).toEqual([{ url: 'https://x.test/a.png' }]);
  });

  it('is not asked when the work itself failed, or the request says local', async () => {
    const { asked, service } = hosted();
    const { api } = openStage({ deps: { hosted: service }, failure: new ApiError('bad_output', 'Blank.') });
    expect((await api.fetch(post(PATH, { model: 'pocket', prompt: 'x', engine: 'auto' }))).status).toBe(500);
    expect((await api.fetch(post(PATH, { model: 'pocket', prompt: 'x' }))).status).toBe(500);
    expect(asked).toHaveLength(0);
  });

  it("is asked for nothing that the owner's rule refuses", async () => {
    const { asked, service } = hosted();
    const { api } = openStage({ deps: { hosted: service, policy: wordListPolicy(['secret']) } });
    const response = await api.fetch(post(PATH, { model: 'pocket', prompt: 'a secret', engine: 'hosted' }));
    expect(await refusalOf(response)).toMatchObject({ status: 422, code: 'content_policy_violation' });
    expect(asked).toHaveLength(0);
  });

  it('passes its refusals on, uncharged', async () => {
    const body = { error: { message: 'Empty.', type: 'invalid_request_error', param: null, code: 'quota_exceeded' } };
    const { service } = hosted({ status: 402, headers: {}, body });
    const { api, ledger } = openStage({ deps: { hosted: service } });
    for (const path of [PATH, '/v1/images/generations']) {
      const response = await api.fetch(post(path, { model: 'pocket', prompt: 'x', engine: 'hosted' }));
      expect(response.status).toBe(402);
      expect(v.safeParse(ErrorEnvelope, await response.json()).issues).toBeUndefined();
    }
    expect((await ledger.summary()).hosted.pictures).toBe(0);
  });
});

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { OpenAiAnswer, OpenAiModels } from '../../src/api/openapi/schemas';
import { ableDirectory, blindDirectory, get, openStage, post, refusalOf } from './service';

const PATH = '/v1/images/generations';
const EDITS = '/v1/images/edits';

function form(fields: readonly (readonly [string, string | Blob])[]): Request {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  const headers = { authorization: 'Bearer sk_test' };
  return new Request(`https://tessera.example${EDITS}`, { method: 'POST', body, headers });
}

describe("OpenAI's generations", () => {
  it('answer with base64, by default a PNG of the default model', async () => {
    const { api, drawn } = openStage();
    const response = await api.fetch(post(PATH, { prompt: 'a red apple', model: 'gpt-image-1', user: 'me' }));
    const body = (await response.json()) as { data: { b64_json: string }[] };
    expect(v.safeParse(OpenAiAnswer, body).issues).toBeUndefined();
    expect(atob(body.data[0]?.b64_json ?? '').slice(1, 4)).toBe('PNG');
    expect(drawn[0]).toMatchObject({ outputFormat: 'png', model: { id: 'pocket' } });
  });

  it('answer with links when asked to', async () => {
    const { api } = openStage();
    const response = await api.fetch(post(PATH, { prompt: 'x', response_format: 'url', n: 2 }));
    const { data } = (await response.json()) as { data: { url: string }[] };
    expect(data).toHaveLength(2);
    expect((await api.fetch(new Request(data[1]?.url ?? ''))).status).toBe(200);
  });

  it.each([
    ['1024x1024', '1:1', '1K'],
    ['1536x1024', '3:2', '1K'],
    ['1024x1536', '2:3', '1K'],
    ['1792x1024', '16:9', '1K'],
    ['256x256', '1:1', '1K'],
    ['4096x4096', '1:1', '4K'],
    ['2K', '1:1', '2K'],
    ['auto', '1:1', '1K'],
  ])('draw %s as %s at %s', async (size, aspectRatio, resolution) => {
    const { api, drawn } = openStage();
    expect((await api.fetch(post(PATH, { prompt: 'x', size }))).status).toBe(200);
    expect(drawn[0]).toMatchObject({ aspectRatio, resolution });
  });

  it.each([
    ['size', { prompt: 'x', size: 'huge' }],
    ['n', { prompt: 'x', n: 0 }],
    ['model', { prompt: 'x', model: 'nobody' }],
    ['output_format', { prompt: 'x', output_format: 'bmp' }],
    ['prompt', {}],
    ['partial_images', { prompt: 'x', stream: true, partial_images: 9 }],
  ])('refuse a wrong %s', async (param, body) => {
    const { api, drawn } = openStage();
    expect(await refusalOf(await api.fetch(post(PATH, body)))).toMatchObject({ status: 400, param });
    expect(drawn).toEqual([]);
  });
});

describe("OpenAI's edits", () => {
  const file = new File([new Uint8Array([1])], 'a.png', { type: 'image/png' });

  it('take files of a form, alone or as a list, and a mask', async () => {
    const { api, drawn } = openStage({ deps: { models: ableDirectory } });
    const fields = [
      ['prompt', 'make it blue'],
      ['model', 'able'],
      ['image[]', file],
      ['image[]', file],
      ['mask', file],
      ['n', '2'],
      ['seed', '7'],
    ] as const;
    const response = await api.fetch(form(fields));
    expect(response.status).toBe(200);
    expect(((await response.json()) as { data: unknown[] }).data).toHaveLength(2);
    expect(drawn[1]).toMatchObject({ prompt: 'make it blue', seed: 8, images: [{}, {}], mask: { widthPx: 1 } });
  });

  it('take URLs in JSON', async () => {
    const { api, drawn } = openStage({ deps: { models: ableDirectory } });
    const images = [{ image_url: 'https://x.test/a.png' }];
    expect((await api.fetch(post(EDITS, { prompt: 'x', model: 'able', images }))).status).toBe(200);
    expect(drawn[0]?.images).toHaveLength(1);
  });

  it('refuse forms without a picture, with a wrong number, or for models that take none', async () => {
    const { api } = openStage({ deps: { models: ableDirectory } });
    const missing = form([
      ['prompt', 'x'],
      ['model', 'able'],
    ]);
    expect(await refusalOf(await api.fetch(missing))).toMatchObject({ status: 400, param: 'image' });
    const wrong = form([
      ['prompt', 'x'],
      ['model', 'able'],
      ['image', file],
      ['n', 'many'],
    ]);
    expect(await refusalOf(await api.fetch(wrong))).toMatchObject({ status: 400, param: 'n' });
    const { api: plain } = openStage({ deps: { models: blindDirectory } });
    const none = form([
      ['prompt', 'x'],
      ['image', file],
    ]);
    expect(await refusalOf(await plain.fetch(none))).toMatchObject({ status: 400, param: 'images' });
  });
});

describe("OpenAI's models", () => {
  it('are listed and found', async () => {
    const { api } = openStage();
    const list = await (await api.fetch(get('/v1/models'))).json();
    expect(v.safeParse(OpenAiModels, list).issues).toBeUndefined();
    expect(await (await api.fetch(get('/v1/models/pocket'))).json()).toMatchObject({ id: 'pocket', object: 'model' });
    expect(await refusalOf(await api.fetch(get('/v1/models/nobody')))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });
});

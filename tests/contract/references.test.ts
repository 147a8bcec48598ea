import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/api/errors';
import { ableDirectory, openStage, post, references, refusalOf } from './service';

const PATH = '/v2/images/generations';

describe('references', () => {
  it('go to the engine, and a mask with them', async () => {
    const { api, drawn } = openStage({ deps: { models: ableDirectory } });
    const images = [{ url: 'https://x.test/a.png', role: 'reference_image' }];
    const body = { model: 'able', prompt: 'x', images, mask: 'https://x.test/m.png', strength: 0.5, guidance: 4 };
    expect((await api.fetch(post(PATH, body))).status).toBe(200);
    expect(drawn[0]).toMatchObject({ strength: 0.5, guidance: 4, images: [{ widthPx: 1 }], mask: { heightPx: 1 } });
  });

  it.each(['pocket', 'seedream-4-5'])('of %s are ten at the most, in their order, drawn by Pocket', async (model) => {
    const read = async (source: unknown) => {
      const widthPx = Number(/(\d+)\.png$/.exec(String(source))?.[1]);
      return { widthPx, heightPx: 1, rgba: new Uint8ClampedArray(4 * widthPx) };
    };
    const { api, drawn } = openStage({ deps: { references: { read } } });
    const response = await api.fetch(post(PATH, { model, prompt: 'make it blue', images: references(10) }));
    expect(await response.json()).toMatchObject({ status: 'completed', model, served_by: 'pocket' });
    expect(drawn[0]).toMatchObject({ aspectRatio: '1:1', model: { id: 'pocket' } });
    expect(drawn[0]?.images.map(({ widthPx }) => widthPx)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('that cannot be read are the request’s fault, and cost nothing', async () => {
    const read = async (_: unknown, { param }: { readonly param: string }) => {
      throw new ApiError('invalid_parameter', 'It could not be fetched.', param);
    };
    const { api, ledger, drawn } = openStage({ deps: { models: ableDirectory, references: { read } } });
    const images = [{ url: 'https://x.test/a.png' }];
    const response = await api.fetch(post(PATH, { model: 'seedream-4-5', prompt: 'x', images }));
    expect(response.headers.get('x-ratelimit-remaining')).toBe('600');
    expect(await refusalOf(response)).toEqual({ status: 400, code: 'invalid_parameter', param: 'images.0.url' });
    expect([drawn.length, await ledger.balance()]).toEqual([0, '10.00']);
  });
});

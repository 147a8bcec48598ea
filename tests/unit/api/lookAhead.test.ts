import { describe, expect, it } from 'vitest';
import type { DrawRequest, ReferencePicture } from '../../../src/api/deps';
import { ApiError } from '../../../src/api/errors';
import { type LookAheadDeps, lookAhead } from '../../../src/api/lookAhead';
import { models } from '../../../src/models/catalog';

const REFERENCE: ReferencePicture = { widthPx: 1, heightPx: 1, rgba: new Uint8ClampedArray([0, 0, 0, 0]) };
const DRAWN = new Blob(['a small picture']);
const REQUEST = { model: 'pocket', prompt: 'a red apple', seed: 7, steps: 1, aspect_ratio: '16:9' };

function stage(change: Partial<LookAheadDeps> = {}) {
  const drawn: DrawRequest[] = [];
  const deps: LookAheadDeps = {
    models,
    references: { read: async () => REFERENCE },
    policy: null,
    draw: async (request) => {
      drawn.push(request);
      return DRAWN;
    },
    ...change,
  };
  return { drawn, look: (request: unknown) => lookAhead(request, deps, new AbortController().signal) };
}

describe('a look ahead', () => {
  it('draws what the picture would be drawn from', async () => {
    const { drawn, look } = stage();
    expect(await look(REQUEST)).toBe(DRAWN);
    expect(drawn).toMatchObject([{ prompt: 'a red apple', seed: 7, steps: 1, aspectRatio: '16:9', images: [] }]);
  });

  it('is checked as the picture would be', async () => {
    const { drawn, look } = stage();
    await expect(look({ ...REQUEST, prompt: '' })).rejects.toMatchObject({ param: 'prompt' });
    await expect(look({ ...REQUEST, model: 'nobody' })).rejects.toMatchObject({ param: 'model' });
    await expect(look({ ...REQUEST, steps: 99 })).rejects.toMatchObject({ param: 'steps' });
    expect(drawn).toEqual([]);
  });

  it('obeys the owner of the page', async () => {
    const objection = new ApiError('content_policy_violation', 'No apples.', 'prompt');
    const { drawn, look } = stage({ policy: ({ prompt }) => (prompt.includes('apple') ? objection : null) });
    await expect(look(REQUEST)).rejects.toBe(objection);
    expect(drawn).toEqual([]);
  });
});

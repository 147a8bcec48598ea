import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { outcomeOf } from '../../../src/pipeline/workerApi';

describe('outcomeOf', () => {
  it('carries a value', async () => {
    expect(await outcomeOf(async () => 7)).toEqual({ ok: true, value: 7 });
  });

  it('carries an error as plain, cloneable data', async () => {
    const outcome = await outcomeOf(() => Promise.reject(new ApiError('weights_damaged', 'Bad bytes.', null)));
    expect(structuredClone(outcome)).toEqual({
      ok: false,
      error: { code: 'weights_damaged', message: 'Bad bytes.', param: null },
    });
  });
});

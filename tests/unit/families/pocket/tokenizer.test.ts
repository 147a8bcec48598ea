import { describe, expect, it } from 'vitest';
import { truncate } from '../../../../src/families/pocket/tokenizer';

describe('truncate', () => {
  it('leaves a short prompt as it is', () => {
    expect(truncate([101, 7, 102], 3)).toEqual({ ids: [101, 7, 102], truncatedTokens: 0 });
  });

  it('cuts a long one before its closing token and tells how much is lost', () => {
    expect(truncate([101, 1, 2, 3, 4, 102], 4)).toEqual({ ids: [101, 1, 2, 102], truncatedTokens: 2 });
  });
});

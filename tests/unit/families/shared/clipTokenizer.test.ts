import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openClipTokenizer, padTokens } from '../../../../src/families/shared/clipTokenizer';
import { MERGES } from './clipMergesFile';

const [OPENING, CLOSING] = [49406, 49407];
const A_RED_APPLE = [320, 736, 3055];
const tokenize = openClipTokenizer(MERGES);
const texts = fc.string({ unit: 'binary', maxLength: 200 });

describe('the tokens of CLIP', () => {
  it('stand between the two that open and close a text', () => {
    expect(tokenize('A red apple')).toEqual({ ids: [OPENING, ...A_RED_APPLE, CLOSING], truncatedTokens: 0 });
    expect(tokenize('')).toEqual({ ids: [OPENING, CLOSING], truncatedTokens: 0 });
  });

  it('are at most 77, the last one still the closing one, and what is cut is counted', () => {
    const { ids, truncatedTokens } = tokenize('apple '.repeat(80));
    expect(ids).toHaveLength(77);
    expect(ids.at(-1)).toBe(CLOSING);
    expect(truncatedTokens).toBe(80 - 75);
  });

  it('are numbers of the vocabulary for any text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { ids, truncatedTokens } = tokenize(text);
        expect(ids.length).toBeLessThanOrEqual(77);
        expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id <= CLOSING)).toBe(true);
        expect(truncatedTokens === 0 || ids.length === 77).toBe(true);
      }),
    );
  });

  it('do not depend on case, on how letters are composed or on the kind and number of spaces', () => {
    const plain = tokenize('caf\u00e9 au lait').ids;
    expect(tokenize('  CAF\u00c9\n\tau \u3000lait ').ids).toEqual(plain);
    expect(tokenize('cafe\u0301 au lait').ids).toEqual(plain);
  });

  it('take half a surrogate pair for a character that could not be read', () => {
    expect(tokenize('a \ud83d cat \udc4d').ids).toEqual(tokenize('a \ufffd cat \ufffd').ids);
  });

  it('are found in a word of 65,536 letters', () => {
    expect(tokenize('ab'.repeat(2 ** 15)).ids).toHaveLength(77);
  });
});

describe('the merges of a published model', () => {
  const ids = tokenize("Blade-Runner's cat, 1982").ids;

  it('may have a heading, a last line end, and the line ends of Windows', () => {
    const file = `#version: 0.2\n${MERGES}\n`;
    expect(openClipTokenizer(file)("Blade-Runner's cat, 1982").ids).toEqual(ids);
    expect(openClipTokenizer(file.replaceAll('\n', '\r\n'))("Blade-Runner's cat, 1982").ids).toEqual(ids);
  });

  it.each<[string, (pair: string) => string | string[]]>([
    ['lines', (pair: string) => pair],
    ['arrays', (pair: string) => pair.split(' ')],
  ])('may be %s of a tokenizer.json', (_, form) => {
    const file = JSON.stringify({ model: { type: 'BPE', merges: MERGES.split('\n').map((pair) => form(pair)) } });
    expect(openClipTokenizer(file)("Blade-Runner's cat, 1982").ids).toEqual(ids);
  });
});

describe('padTokens', () => {
  it('fills up, or cuts', () => {
    expect(padTokens([1, 2], { length: 4, padTokenId: 0 })).toEqual([1, 2, 0, 0]);
    expect(padTokens([1, 2, 3], { length: 2, padTokenId: 0 })).toEqual([1, 2]);
  });
});

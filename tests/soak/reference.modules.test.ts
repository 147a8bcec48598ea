/** A hundred thousand damaged pictures, decoded or refused by a real browser in one page. */
import { expect, test } from '@playwright/test';
import { encodedPictures, mutatedPictures } from '../browser/mutatedPictures';
import { readInPage } from '../browser/referenceInPage';

const ROUNDS = 100;
const PICTURES_A_ROUND = 1000;

test('mutated pictures are decoded or refused, and every bitmap is closed', async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
  const originals = await encodedPictures(page);
  for (let round = 0; round < ROUNDS; round++) {
    const files = mutatedPictures(originals, { count: PICTURES_A_ROUND, seed: round });
    const seen = await page.evaluate(readInPage, { sources: files, isUpload: true });
    const codes = seen.map(({ code }) => code ?? 'invalid_parameter');
    expect(new Set(codes)).toEqual(new Set(['invalid_parameter']));
    expect(seen.every(({ code, bitmaps: [made, closed] }) => closed === (code === null ? made : 0))).toBe(true);
  }
});

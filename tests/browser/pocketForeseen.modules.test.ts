/** What the shipped Pocket foresees: which thing each patch of a picture belongs to (decisions/018), and its style (019). */
import { expect, test } from '@playwright/test';

const GRID = { latentHeight: 16, latentWidth: 16 };

test('the order of words and what lies between them say whose each half of a picture is', async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
  const prompts = [
    'a cat to the left of a dog',
    'a cat to the right of a dog',
    'a cat above a dog',
    'a cat below a dog',
    'a cat',
  ];
  const frames = await page.evaluate(foreseenInPage, { of: 'frames' as const, prompts, grid: GRID });
  const [left, right, above, below, alone] = frames.map(owners);
  expect(left).toMatchObject({ west: 0, east: 1 });
  expect(right).toMatchObject({ west: 1, east: 0 });
  expect(above).toMatchObject({ north: 0, south: 1 });
  expect(below).toMatchObject({ north: 1, south: 0 });
  expect(alone).toEqual({ west: 0, east: 0, north: 0, south: 0 });
});

test('a small thing has smaller frames than a large one', async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
  const prompts = ['a small cat', 'a cat', 'a large cat'];
  const frames = await page.evaluate(foreseenInPage, { of: 'frames' as const, prompts, grid: GRID });
  const [small = 0, usual = 0, large = 0] = frames.map((values) => values[2] ?? Number.NaN);
  expect(small).toBeLessThan(usual - 0.3);
  expect(large).toBeGreaterThan(usual + 0.1);
});

/** In the order of `STYLE_WEIGHTS` in training/things.py. */
const STYLES = [
  ...['3d render', 'flat', 'cartoon', 'clip art', 'pixel art', 'icon', 'outline', 'sketch', 'silhouette'],
  ...['product photo', 'avatar'],
];

test('the style that words ask for is decided on', async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
  const asked = ['3d render', 'flat', 'cartoon', 'pixel art', 'outline', 'sketch', 'silhouette'];
  const prompts = asked.map((style) => `a cat, ${style}`);
  const styles = await page.evaluate(foreseenInPage, { of: 'style' as const, prompts, grid: GRID });
  for (const [index, shares] of styles.entries()) {
    expect(shares).toHaveLength(STYLES.length);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
    expect(STYLES[shares.indexOf(Math.max(...shares))]).toBe(asked[index]);
  }
});

/** Values of a patch: (y, x) on its thing, the logarithm of its scale, and how much it belongs to each of four things. */
const VALUES = 7;
const BEFORE_SHARES = 3;

/** Whose the patches in the middle of each edge are. */
function owners(frames: readonly number[]) {
  const side = GRID.latentWidth / 2;
  const at = (row: number, column: number) => {
    const start = (row * side + column) * VALUES + BEFORE_SHARES;
    const shares = frames.slice(start, start + VALUES - BEFORE_SHARES);
    return shares.indexOf(Math.max(...shares));
  };
  const middle = side / 2;
  return { west: at(middle, 0), east: at(middle, side - 1), north: at(0, middle), south: at(side - 1, middle) };
}

interface Asked {
  readonly of: 'frames' | 'style';
  readonly prompts: readonly string[];
  readonly grid: typeof GRID;
}

/** Runs in the page: the frames of every prompt, patch by patch, or its shares of styles. */
async function foreseenInPage({ of, prompts, grid }: Asked): Promise<number[][]> {
  const { openPocket } = await import('/tests/browser/pages/openPocket.ts');
  const { runtime, model } = await openPocket('/models/pocket/');
  const foreseen: number[][] = [];
  for (const prompt of prompts) {
    const request = { prompt, negativePrompt: null, guidance: null, references: [], checkpoint: async () => {} };
    const { tensors } = await model.condition(await model.encodePrompt(request), grid, async () => {});
    const values = tensors[of];
    if (!values) throw new Error(`There is no ${of}.`);
    foreseen.push([...(await runtime.read(values))]);
  }
  await runtime.close();
  return foreseen;
}

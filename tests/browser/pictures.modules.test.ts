/** Pictures that come with a job: how they fill what the model draws on. */
import { expect, test } from '@playwright/test';

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

test('a picture fills the frame, cut where the shapes differ', async ({ page }) => {
  // Red, green, blue from left to right: a square frame shows the middle.
  const planes = await page.evaluate(fitInPage, {
    columns: [
      [255, 0, 0, 255],
      [0, 255, 0, 255],
      [0, 0, 255, 255],
    ],
  });
  expect(planes.middle).toEqual([0, 1, 0]);
  expect(planes.range).toEqual([0, 1]);
});

test('what is transparent counts as white', async ({ page }) => {
  const planes = await page.evaluate(fitInPage, {
    columns: [
      [255, 0, 0, 0],
      [255, 0, 0, 0],
      [255, 0, 0, 0],
    ],
  });
  expect(planes.middle).toEqual([1, 1, 1]);
});

test('a mask gives every cell the share that is transparent', async ({ page }) => {
  const cells = await page.evaluate(async () => {
    const { fitMask } = await import('/src/pipeline/pictures.ts');
    const size = { widthPx: 32, heightPx: 16 };
    const rgba = new Uint8ClampedArray(4 * 32 * 16).fill(255);
    // The left quarter is to be drawn anew.
    for (let y = 0; y < 16; y++) for (let x = 0; x < 8; x++) rgba[4 * (y * 32 + x) + 3] = 0;
    return Array.from(fitMask({ ...size, rgba }, size, { frame: { ...size, left: 0, top: 0 }, cellPx: 8 }));
  });
  expect(cells.map((share) => Math.round(share * 1000) / 1000)).toEqual([1, 0, 0, 0, 1, 0, 0, 0]);
});

/** A picture of three stripes into a frame of 64 x 64 with margins of 8. */
async function fitInPage({ columns }: { readonly columns: readonly (readonly number[])[] }) {
  const { fitPicture } = await import('/src/pipeline/pictures.ts');
  const [widthPx, heightPx] = [96, 32];
  const rgba = Uint8ClampedArray.from({ length: 4 * widthPx * heightPx }, (_, i) => {
    const x = Math.floor(i / 4) % widthPx;
    return columns[Math.floor((x * columns.length) / widthPx)]?.[i % 4] ?? 0;
  });
  const frame = { left: 8, top: 8, widthPx: 64, heightPx: 64 };
  const { planes } = fitPicture({ widthPx, heightPx, rgba }, { widthPx: 80, heightPx: 80 }, frame);
  const middle = [0, 1, 2].map((channel) => planes[channel * 6400 + 40 * 80 + 40]);
  return { middle, range: [Math.min(...planes), Math.max(...planes)] };
}

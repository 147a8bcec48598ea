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

test('a reference is looked at whole, in the middle, and all around are its nearest pixels', async ({ page }) => {
  const rows = await page.evaluate(lookInPage, { picture: { widthPx: 96, heightPx: 32 }, size: SQUARE });
  // Three stripes: every row shows all of them, those of the picture and those beyond.
  for (const row of rows) expect(row).toEqual(['red', 'green', 'blue']);
  expect(rows).toHaveLength(64);
  const upright = await page.evaluate(lookInPage, { picture: { widthPx: 32, heightPx: 96 }, size: SQUARE });
  // 21 columns of picture: the outer stripes go on to the sides.
  expect(upright[32]).toEqual(['red', 'green', 'blue']);
});

test('a reference as large as the picture to be drawn lies where it will be seen', async ({ page }) => {
  const picture = { widthPx: 1248, heightPx: 832 };
  const placed = await page.evaluate(placeInPage, { picture, size: { widthPx: 160, heightPx: 112 } });
  // 156 x 104 of these are seen, an eighth of the picture's sides: 2 and 4 are cut off.
  expect(placed).toEqual({ left: 2, right: 158, top: 4, bottom: 108 });
  const window = await page.evaluate(placeInPage, { picture, size: { widthPx: 80, heightPx: 56 } });
  expect(window).toEqual({ left: 1, right: 79, top: 2, bottom: 54 });
});

test('a reference that a model looks at in its own size is bounded', async ({ page }) => {
  const sizes = await page.evaluate(async () => {
    const { openReference } = await import('/src/pipeline/pictures.ts');
    const plan = { latentHeight: 8, latentWidth: 8, latentDownscale: 8, refinePasses: 0, upscalePasses: 0 };
    return [
      [100, 70],
      [2000, 1000],
      [7, 9],
    ].map(([widthPx = 0, heightPx = 0]) => {
      const rgba = new Uint8ClampedArray(4 * widthPx * heightPx);
      const bounded = openReference({ widthPx, heightPx, rgba }, { ...plan, widthPx: 64, heightPx: 64 }).bounded(16);
      return [bounded.widthPx, bounded.heightPx, bounded.planes.length, bounded.planes[0]];
    });
  });
  expect(sizes).toEqual([
    [96, 64, 3 * 96 * 64, 1],
    [1440, 720, 3 * 1440 * 720, 1],
    [16, 16, 3 * 16 * 16, 1],
  ]);
});

interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

const SQUARE: Size = { widthPx: 64, heightPx: 64 };

/** Runs in the page: the colours of each row of a picture of three stripes that is looked at in another size. */
async function lookInPage({ picture, size }: { readonly picture: Size; readonly size: Size }) {
  const { openReference } = await import('/src/pipeline/pictures.ts');
  const { widthPx, heightPx } = picture;
  const rgba = Uint8ClampedArray.from({ length: 4 * widthPx * heightPx }, (_, i) => {
    const stripe = Math.floor((3 * (Math.floor(i / 4) % widthPx)) / widthPx);
    return i % 4 === 3 || i % 4 === stripe ? 255 : 0;
  });
  const plan = { latentHeight: 8, latentWidth: 8, latentDownscale: 8, refinePasses: 0, upscalePasses: 0, ...size };
  const { planes } = openReference({ ...picture, rgba }, plan).inside(size);
  const area = size.widthPx * size.heightPx;
  const colourAt = (pixel: number) => {
    const strength = [0, 1, 2].map((channel) => planes[channel * area + pixel] ?? 0);
    return ['red', 'green', 'blue'][strength.indexOf(Math.max(...strength))];
  };
  return Array.from({ length: size.heightPx }, (_, y) => {
    const row = Array.from({ length: size.widthPx }, (_, x) => colourAt(y * size.widthPx + x));
    return [...new Set(row)];
  });
}

/** Runs in the page: where a picture begins and ends whose red grows to the right and whose green grows downwards. */
async function placeInPage({ picture, size }: { readonly picture: Size; readonly size: Size }) {
  const { openReference } = await import('/src/pipeline/pictures.ts');
  const { planOutput } = await import('/src/diffusion/plan.ts');
  const { widthPx, heightPx } = picture;
  const rgba = Uint8ClampedArray.from({ length: 4 * widthPx * heightPx }, (_, i) => {
    const [x, y] = [Math.floor(i / 4) % widthPx, Math.floor(i / 4 / widthPx)];
    return [(255 * x) / widthPx, (255 * y) / heightPx, 0, 255][i % 4] ?? 0;
  });
  const grid = { latentDownscale: 8, gridMultiple: 2 };
  const plan = planOutput(picture, grid, { refinePasses: 0, upscalePasses: 3 });
  const { planes } = openReference({ ...picture, rgba }, plan).inPlace(size);
  const area = size.widthPx * size.heightPx;
  const red = Array.from(planes.subarray(0, size.widthPx));
  const green = Array.from({ length: size.heightPx }, (_, y) => planes[area + y * size.widthPx] ?? 0);
  // The first and the last pixel of the picture go on to the border.
  const ends = (values: readonly number[]) => [
    values.lastIndexOf(values[0] ?? 0),
    values.indexOf(values.at(-1) ?? 0) + 1,
  ];
  const [[left, right], [top, bottom]] = [ends(red), ends(green)];
  return { left, right, top, bottom };
}

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

/** Reference pictures as a real browser fetches and decodes them. */
import { expect, type Page, test } from '@playwright/test';
import { bytesOf, webp, webpChunk } from '../unit/images/files';
import { claimedJpeg, claimedPng, claimedWebp, forkedJpeg, greyPng, held } from '../unit/images/pictureFiles';
import { encodedPictures, mutatedPictures, TYPES } from './mutatedPictures';
import { type Drawing, encodeInPage, type ReadCall, readInPage, type Seen } from './referenceInPage';

test.beforeEach(({ page }) => page.goto('/tests/browser/blank.html'));

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const dataUrl = (bytes: Uint8Array) => `data:;base64,${base64(bytes)}`;
const encoded = async (page: Page, drawing: Drawing) =>
  new Uint8Array(Buffer.from(await page.evaluate(encodeInPage, drawing), 'base64'));

function read(page: Page, files: readonly Uint8Array[], options: Partial<ReadCall> = {}): Promise<Seen[]> {
  return page.evaluate(readInPage, { sources: files.map(dataUrl), ...options });
}

/** The corners of the upright picture when red, green, blue and white are stored, by orientation. */
const UPRIGHT = ['RGBW', 'GRWB', 'WBGR', 'BWRG', 'RBGW', 'BRWG', 'WGBR', 'GWRB'];

for (const type of TYPES) {
  test(`an ${type} comes out upright however the camera was held`, async ({ page }) => {
    const picture = await encoded(page, { type });
    const files = UPRIGHT.map((_, index) => held(picture, type, index + 1));
    for (const [maxSidePx, long] of [
      [2048, 64],
      [40, 40],
    ] as const) {
      const seen = await read(page, files, { maxSidePx });
      expect(seen.map(({ corners }) => corners)).toEqual(UPRIGHT);
      const sizes = UPRIGHT.map((_, index) => (index < 4 ? [long, long / 2] : [long / 2, long]));
      expect(seen.map(({ widthPx, heightPx }) => [widthPx, heightPx])).toEqual(sizes);
      expect(seen.every(({ bitmaps: [made, closed] }) => made === 1 && closed === 1)).toBe(true);
    }
  });

  test(`an ${type} of wide colours comes out in sRGB`, async ({ page }) => {
    const colours = Array(4).fill('rgb(250 100 30)');
    const files = [await encoded(page, { type, colours, colorSpace: 'display-p3' })];
    const [seen] = await read(page, files);
    for (const [index, value] of [250, 100, 30, 255].entries()) {
      expect(Math.abs((seen?.rgba[index] ?? -1) - value)).toBeLessThanOrEqual(4);
    }
  });

  test(`an ${type} that was cut anywhere is refused`, async ({ page }) => {
    const whole = await encoded(page, { type });
    const lengths = Array.from({ length: 60 }, (_, index) => Math.floor((whole.length * index) / 60));
    const seen = await read(
      page,
      lengths.map((length) => whole.subarray(0, length)),
    );
    expect(new Set(seen.map(({ code }) => code))).toEqual(new Set(['invalid_parameter']));
    expect(seen.at(-1)?.message).toContain('cut short');
  });
}

// Canvases multiply 8-bit colours by alpha, once when this file is made and once when it is read.
test('alpha is straight: half transparent orange stays orange', async ({ page }) => {
  const colours = Array(4).fill('rgb(200 100 50 / 50%)');
  const files = [
    await encoded(page, { type: 'image/png', colours }),
    await encoded(page, { type: 'image/webp', colours }),
  ];
  for (const { rgba } of await read(page, files)) {
    for (const [index, value] of [200, 100, 50, 128].entries()) {
      expect(Math.abs((rgba[index] ?? -1) - value)).toBeLessThanOrEqual(4);
    }
  }
});

test('of an animation the first picture is taken', async ({ page }) => {
  const [first, second] = await Promise.all(
    ['#f00', '#00f'].map((colour) => encoded(page, { type: 'image/webp', colours: Array(4).fill(colour) })),
  );
  const pixels = (file: Uint8Array | undefined) => {
    const start = Buffer.from(file ?? []).indexOf('VP8L');
    return file?.subarray(start) ?? new Uint8Array();
  };
  // Place, width and height less one, duration, flags.
  const frame = (file: Uint8Array | undefined) =>
    webpChunk('ANMF', bytesOf(0, 0, 0, 0, 0, 0, 63, 0, 0, 31, 0, 0, 100, 0, 0, 2, pixels(file)));
  const header = webpChunk('VP8X', bytesOf(0x02, 0, 0, 0, 63, 0, 0, 31, 0, 0));
  const animated = webp(header, webpChunk('ANIM', new Uint8Array(6)), frame(first), frame(second));
  const [seen] = await read(page, [animated]);
  expect(seen).toMatchObject({ code: null, widthPx: 64, heightPx: 32, corners: 'RRRR' });
});

test('a large picture is made smaller, its ratio kept', async ({ page }) => {
  const [square, wide, small] = await read(page, [
    greyPng({ widthPx: 6000, heightPx: 6000 }),
    greyPng({ widthPx: 16_384, heightPx: 1024 }),
    greyPng({ widthPx: 15, heightPx: 15 }),
  ]);
  expect(square).toMatchObject({ widthPx: 2048, heightPx: 2048, bitmaps: [1, 1] });
  expect(wide).toMatchObject({ widthPx: 2048, heightPx: 128 });
  expect(small).toMatchObject({ widthPx: 15, heightPx: 15 });
});

test('nothing is decoded that is too large or no picture', async ({ page }) => {
  const huge = { widthPx: 16_000, heightPx: 16_000 };
  const real = await encoded(page, { type: 'image/jpeg' });
  const files = [
    claimedPng(huge),
    greyPng(huge),
    claimedJpeg(huge),
    claimedWebp(huge),
    forkedJpeg({ widthPx: 64, heightPx: 64 }, huge),
    bytesOf('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>'),
    bytesOf('GIF89a\x40\0\x40\0\0\0\0;'),
    bytesOf('<!doctype html>'),
    bytesOf(),
    real.subarray(0, real.length / 2),
  ];
  const seen = await read(page, files);
  for (const { code, param, bitmaps } of seen) {
    expect({ code, param, bitmaps }).toEqual({ code: 'invalid_parameter', param: 'images.0.url', bitmaps: [0, 0] });
  }
});

test('a file whose pixels are not what its header says is refused', async ({ page }) => {
  const picture = await encoded(page, { type: 'image/webp', widthPx: 128, heightPx: 64 });
  const claimed = picture.slice();
  // Width and height less one, in the extended header.
  claimed.set([63, 0, 0, 63, 0, 0], 24);
  const files = [claimed, claimedPng({ widthPx: 64, heightPx: 64 }), claimedJpeg({ widthPx: 64, heightPx: 64 })];
  for (const { code, message } of await read(page, files)) {
    expect({ code, message }).toMatchObject({ code: 'invalid_parameter', message: expect.stringContaining('damaged') });
  }
});

test('mutated pictures are decoded or refused, and every bitmap is closed', async ({ page }) => {
  const files = mutatedPictures(await encodedPictures(page), { count: 1000, seed: 7 });
  const seen = await page.evaluate(readInPage, { sources: files, isUpload: true });
  expect(seen).toHaveLength(1000);
  expect(new Set(seen.map(({ code }) => code))).toEqual(new Set([null, 'invalid_parameter']));
  // A decoder that refuses makes none.
  expect(seen.every(({ code, bitmaps: [made, closed] }) => closed === (code === null ? made : 0))).toBe(true);
});

test('an abort ends it at once, also while the browser decodes, and the bitmap is closed later', async ({ page }) => {
  const source = dataUrl(greyPng({ widthPx: 6000, heightPx: 6000 }));
  const outcome = await page.evaluate(async (url) => {
    const { createReferenceReader } = await import('/src/images/reference.ts');
    const { createImageBitmap: make } = globalThis;
    const { close } = ImageBitmap.prototype;
    const controller = new AbortController();
    let open = 0;
    globalThis.createImageBitmap = async (image: ImageBitmapSource, ...rest: readonly unknown[]) => {
      open += 1;
      const decoding = make(image, rest[0] as ImageBitmapOptions);
      controller.abort();
      return decoding;
    };
    ImageBitmap.prototype.close = function () {
      open -= 1;
      close.call(this);
    };
    const reader = createReferenceReader();
    const read = { param: 'mask', signal: controller.signal };
    const [first, second] = await Promise.allSettled([reader.read(url, read), reader.read(url, read)]);
    const openAtOnce = open;
    const whole = await reader.read(url, { param: 'mask', signal: new AbortController().signal });
    return {
      codes: [first, second].map((each) => (each as PromiseRejectedResult).reason.code),
      openAtOnce,
      open,
      whole,
    };
  }, source);
  expect(outcome.codes).toEqual(['cancelled', 'cancelled']);
  // The one that was being decoded; the other was never begun.
  expect([outcome.openAtOnce, outcome.open]).toEqual([1, 0]);
  expect(outcome.whole).toMatchObject({ widthPx: 2048, heightPx: 2048 });
});

test('a worker reads pictures too', async ({ page }) => {
  const size = await page.evaluate(
    async (source) => {
      const worker = new Worker('/tests/browser/workers/reference.worker.ts', { type: 'module' });
      const answer = new Promise((resolve, reject) => {
        worker.addEventListener('message', ({ data }) => resolve(data));
        worker.addEventListener('error', ({ message }) => reject(new Error(message)));
      });
      worker.postMessage(source);
      return answer;
    },
    dataUrl(greyPng({ widthPx: 64, heightPx: 32 })),
  );
  expect(size).toEqual({ widthPx: 64, heightPx: 32 });
});

test('a picture of another host needs its permission; without it the error names CORS', async ({ page, context }) => {
  const body = Buffer.from(await encoded(page, { type: 'image/png' }));
  const others = { 'access-control-allow-origin': 'https://friend.test' };
  const allowed = { 'access-control-allow-origin': '*' };
  await context.route('https://open.test/a.png', (route) => route.fulfill({ body, headers: allowed }));
  await context.route('https://closed.test/a.png', (route) => route.fulfill({ body, headers: others }));
  await context.route('https://moved.test/a.png', (route) =>
    route.fulfill({ status: 302, headers: { ...allowed, location: 'http://open.test/a.png' } }),
  );
  const sources = ['https://open.test/a.png', 'https://closed.test/a.png', 'https://moved.test/a.png'];
  const [open, closed, moved] = await page.evaluate(readInPage, { sources });
  expect(open).toMatchObject({ code: null, corners: 'RGBW' });
  expect(closed?.message).toContain('closed.test cannot be reached, or does not let pages of other sites');
  expect(closed?.message).toContain('(CORS). Upload the file instead');
  expect(moved?.code).toBe('invalid_parameter');
});

test('a picture of our own origin may come by http', async ({ page, context, baseURL }) => {
  const body = Buffer.from(await encoded(page, { type: 'image/jpeg' }));
  await context.route('**/own.jpg', (route) => route.fulfill({ body }));
  const [seen] = await page.evaluate(readInPage, { sources: [new URL('own.jpg', baseURL).href] });
  expect(seen).toMatchObject({ code: null, corners: 'RGBW' });
});

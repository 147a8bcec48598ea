/** Peak memory of a large picture over that of a small one, and what the browser's encoders add to it. Linux only. */
import { setTimeout as wait } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { median } from '../statistics.mjs';
import { watchMemory } from './processMemory.mjs';
import { draw, FORMATS, openProduct } from './product.mjs';

/**
 * @typedef {import('./product.mjs').Format} Format
 * @typedef {import('./product.mjs').Resolution} Resolution
 * @typedef {{ url: string, launch: import('playwright-core').LaunchOptions }} Place
 */

const MIB = 2 ** 20;

/** Until garbage of loading is gone. */
const SETTLE_MS = 1000;

const CANVAS_PX = { '1K': 1024, '2K': 2048, '4K': 4096 };

/**
 * @param {Place} place
 * @param {{ small: Resolution, large: Resolution, rounds: number, formats?: Format[] }} options
 */
export async function measureMemory(place, { small, large, rounds, formats = FORMATS }) {
  if (process.platform !== 'linux') return null;
  const variants = formats.flatMap((format) => {
    const plain = { format, previews: false };
    return format === 'jpeg' ? [plain, { format, previews: true }] : [plain];
  });
  const pictures = [];
  for (const variant of variants) {
    /** @type {Record<'small' | 'large', Awaited<ReturnType<typeof peakOf>>[]>} */
    const peaks = { small: [], large: [] };
    for (let round = 0; round < rounds; round++) {
      peaks.small.push(await peakOf(place, { ...variant, resolution: small }));
      peaks.large.push(await peakOf(place, { ...variant, resolution: large }));
    }
    const [first, second] = [middle(peaks.small), middle(peaks.large)];
    pictures.push({ ...variant, small: first, large: second, ratio: second.withoutCanvasMib / first.withoutCanvasMib });
  }
  const encoders = [];
  for (const format of formats) encoders.push(await encoderPeak(place, { format, sidePx: CANVAS_PX[large] }));
  return { pictures, encoders };
}

/**
 * One picture in a fresh browser, since neither the wasm heap nor caches ever shrink.
 *
 * @param {Place} place
 * @param {import('./product.mjs').Wish} wish
 */
async function peakOf({ url, launch }, wish) {
  const browser = await chromium.launch(launch);
  try {
    const page = await openProduct(browser, url);
    await wait(SETTLE_MS);
    const memory = await watchMemory(browser);
    if (!memory) throw new Error('The browser names no process of its page.');
    const isReset = await memory.resetPeak();
    const { nowMib: readyMib } = await memory.read();
    const { width, height } = await draw(page, wish);
    const { peakMib } = await memory.read();
    const canvasMib = (width * height * 4) / MIB;
    return { isReset, readyMib, peakMib, canvasMib, withoutCanvasMib: peakMib - canvasMib };
  } finally {
    await browser.close();
  }
}

/** @param {Awaited<ReturnType<typeof peakOf>>[]} rounds */
function middle(rounds) {
  const of = (/** @type {'readyMib' | 'peakMib' | 'canvasMib' | 'withoutCanvasMib'} */ key) =>
    median(rounds.map((round) => round[key]));
  return {
    /** Whether peaks count from the finished load of the model; if not, from the start of the browser. */
    sinceReady: rounds.every(({ isReset }) => isReset),
    readyMib: of('readyMib'),
    peakMib: of('peakMib'),
    canvasMib: of('canvasMib'),
    withoutCanvasMib: of('withoutCanvasMib'),
  };
}

/**
 * What `convertToBlob` alone holds beyond a full canvas of the product's kind.
 *
 * @param {Place} place
 * @param {{ format: Format, sidePx: number }} options
 */
async function encoderPeak({ url, launch }, { format, sidePx }) {
  const browser = await chromium.launch(launch);
  try {
    const page = await browser.newPage();
    await page.goto(`${url}bench/blank.html`);
    await page.evaluate(paintCanvas, sidePx);
    await wait(SETTLE_MS);
    const memory = await watchMemory(browser);
    const isReset = await memory?.resetPeak();
    const before = await memory?.read();
    const fileBytes = await page.evaluate(async (type) => {
      /** @type {OffscreenCanvas} */
      const canvas = Reflect.get(window, 'benchCanvas');
      return (await canvas.convertToBlob({ type, quality: 0.92 })).size;
    }, `image/${format}`);
    const after = await memory?.read();
    const extraMib = before && after && isReset ? after.peakMib - before.nowMib : null;
    return { format, canvasMib: (sidePx ** 2 * 4) / MIB, fileMib: fileBytes / MIB, extraMib };
  } finally {
    await browser.close();
  }
}

/**
 * Runs in the page: a canvas as the pipeline makes it, filled band by band with something that takes bits to encode.
 *
 * @param {number} sidePx
 */
function paintCanvas(sidePx) {
  const canvas = new OffscreenCanvas(sidePx, sidePx);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  const rows = 64;
  for (let top = 0; top < sidePx; top += rows) {
    const band = new ImageData(sidePx, rows);
    for (let i = 0; i < band.data.length; i++) {
      const x = (i >> 2) % sidePx;
      const y = top + Math.floor((i >> 2) / sidePx);
      band.data[i] = i % 4 === 3 ? 255 : 128 + 100 * Math.sin((x * (1 + (i % 4))) / 90) * Math.cos(y / 70) + (i % 7);
    }
    context?.putImageData(band, 0, top);
  }
  Object.assign(window, { benchCanvas: canvas });
}

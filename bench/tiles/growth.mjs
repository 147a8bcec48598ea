/** How the time of a picture grows with its pixels, stage by stage. */
import { takeTurns } from '../drawings.mjs';
import { median, pairedRatio } from '../statistics.mjs';
import { draw, FORMATS, forget } from './product.mjs';

/**
 * @typedef {import('./product.mjs').Format} Format
 * @typedef {import('./product.mjs').Resolution} Resolution
 * @typedef {Partial<Record<string, number>>} TimesMs
 */

/** The stages whose work is per pixel of the output; the others draw on the same latent grid at every size. */
const PER_FORMAT = 'encode';
const PER_PIXEL = 'upscale';

/**
 * @param {import('playwright-core').Page} page with the product in it
 * @param {{ small: Resolution, large: Resolution, rounds: number, formats?: Format[] }} options
 */
export async function measureGrowth(page, { small, large, rounds, formats = FORMATS }) {
  const pixels = { small: 0, large: 0 };
  /** @type {Record<string, () => Promise<TimesMs>>} */
  const turns = {};
  for (const format of formats) {
    for (const [size, resolution] of /** @type {const} */ ([
      ['small', small],
      ['large', large],
    ])) {
      turns[`${size} ${format}`] = async () => {
        const { url, width, height, timesMs } = await draw(page, { resolution, format });
        await forget(page, url);
        pixels[size] = width * height;
        return timesMs;
      };
    }
  }
  const times = await takeTurns(turns, rounds);
  const pixelRatio = pixels.large / pixels.small;
  /** @type {(stage: string, label: string, from: Format[]) => ReturnType<typeof compare> & { stage: string }} */
  const row = (stage, label, from) => {
    const of = (/** @type {string} */ size) =>
      from.flatMap((format) => (times[`${size} ${format}`] ?? []).map((each) => each[stage] ?? Number.NaN));
    return { stage: label, ...compare(of('small'), of('large'), pixelRatio) };
  };
  const encodes = formats.map((format) => row(PER_FORMAT, `${PER_FORMAT} ${format}`, [format]));
  return { pixelRatio, stages: [row(PER_PIXEL, PER_PIXEL, formats), ...encodes] };
}

/**
 * @param {number[]} smallMs
 * @param {number[]} largeMs of the same rounds
 * @param {number} pixelRatio
 */
function compare(smallMs, largeMs, pixelRatio) {
  const ratio = pairedRatio(largeMs, smallMs);
  return { smallMs: median(smallMs), largeMs: median(largeMs), ratio, perPixel: ratio / pixelRatio };
}

/**
 * Seam indices over pictures of many kinds. Inside one picture the content makes the measure noisy: lines where no
 * tiles meet show how much. Between two tilings of the same picture it has no noise.
 */
import { bordersOf, controlLines, pairedSeamIndex, seamIndex } from './seamIndex.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./painter.mjs').openPainter>>} Painter */

/** More borders than the tiles of the product have, and the tiles to compare with. */
const TILE_PX = 512;
const OTHER_TILE_PX = 1024;

/** Pixels of the native picture per latent cell: see the model's entry in src/models. */
const LATENT_DOWNSCALE = 8;

const RATIOS = /** @type {const} */ (['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9', '21:9']);
const THINGS = ['a green cactus', 'a red apple', 'a yellow duck', 'a blue car', 'a brown dog', 'a purple flower'];
const PLACES = ['on a white background', 'on a blue background', 'on a gray background', 'on a yellow background'];

/**
 * @param {Painter} painter
 * @param {{ pictures: number, resolution: '1K' | '2K' }} options
 */
export async function measureSeams(painter, { pictures, resolution }) {
  /** @type {{ within: number, control: number, paired: number }[]} */
  const rows = [];
  for (let index = 0; index < pictures; index++) {
    const prompt = `${THINGS[index % THINGS.length]} ${PLACES[index % PLACES.length]}`;
    const ratio = RATIOS[index % RATIOS.length] ?? '1:1';
    const job = { resolution, prompt, ratio, seed: 100 + index };
    const painted = await paint(painter, { ...job, tilePx: TILE_PX });
    const other = await paint(painter, { ...job, tilePx: OTHER_TILE_PX });
    const { energies, borders, periodPx } = painted;
    const control = controlLines(borders, { tilePx: TILE_PX, periodPx });
    rows.push({
      within: seamIndex(energies, borders, { periodPx, borders }),
      control: seamIndex(energies, control, { periodPx, borders }),
      paired: pairedSeamIndex(painted, other),
    });
  }
  const of = (/** @type {'within' | 'control' | 'paired'} */ key) => summary(rows.map((row) => row[key]));
  return { pictures, resolution, within: of('within'), control: of('control'), paired: of('paired') };
}

/**
 * @param {Painter} painter
 * @param {import('./painter.mjs').TileJob} job
 */
async function paint(painter, job) {
  const { tiles, overlapPx, upscalePasses } = await painter.paint(job);
  const periodPx = LATENT_DOWNSCALE * 2 ** upscalePasses;
  return { energies: await painter.energies(), borders: bordersOf(tiles, overlapPx), periodPx };
}

/** @param {number[]} values */
function summary(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, min: Math.min(...values), max: Math.max(...values), deviation: Math.sqrt(variance) };
}

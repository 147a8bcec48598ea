/** The same picture in tiles of several sizes: what a megapixel costs, and whether the pixels are those of the whole. */
import { takeTurns } from '../drawings.mjs';
import { median } from '../statistics.mjs';

const WHOLE_PX = 1024;
const TILE_PX = [256, 512, 1024];

/** @typedef {Awaited<ReturnType<typeof import('./painter.mjs').openPainter>>} Painter */

/**
 * The largest difference of any channel over a few seeds, at 1K.
 *
 * @param {Painter} painter
 * @param {number} seeds how many
 */
export async function compareWithWhole(painter, seeds) {
  const rows = TILE_PX.filter((tilePx) => tilePx < WHOLE_PX).map((tilePx) => ({ tilePx, largestDifference: 0 }));
  for (let seed = 1; seed <= seeds; seed++) {
    await painter.paint({ seed, resolution: '1K', tilePx: WHOLE_PX });
    await painter.keep();
    for (const row of rows) {
      await painter.paint({ seed, resolution: '1K', tilePx: row.tilePx });
      row.largestDifference = Math.max(row.largestDifference, await painter.largestDifference());
    }
  }
  return rows;
}

/**
 * @param {Painter} painter
 * @param {{ rounds: number, resolution: '1K' | '2K' }} options
 */
export async function timeTileSizes(painter, { rounds, resolution }) {
  const turns = Object.fromEntries(
    TILE_PX.map((tilePx) => [tilePx, () => painter.paint({ seed: 7, resolution, tilePx })]),
  );
  const painted = await takeTurns(turns, rounds);
  const sizes = TILE_PX.map((tilePx) => {
    const times = (painted[tilePx] ?? []).map(({ upscaleMs, megapixels }) => upscaleMs / megapixels);
    return { tilePx, msPerMegapixel: median(times) };
  });
  return { resolution, sizes };
}

/**
 * Whether a line stands out of a picture. A model leaves patterns of its own: super-resolution one of 2^doublings
 * pixels, the decoder one as long as a latent cell becomes. So a line may only be compared with lines at whole
 * periods from it; near ones, so that the content is alike.
 */

/** Lines compared on each side of a line. */
const NEIGHBOURS = 2;

const AXES = /** @type {const} */ (['columns', 'rows']);

/**
 * @typedef {{ columns: readonly number[], rows: readonly number[] }} Lines
 */

/**
 * Energy across the given lines over that across their neighbours in the same picture: about 1 where they are as all
 * others, as far as content allows.
 *
 * @param {Lines} energies one for each line of the picture
 * @param {Lines} lines positions
 * @param {{ periodPx: number, borders: Lines }} options borders are no one's neighbours
 */
export function seamIndex(energies, lines, { periodPx, borders }) {
  const sums = { here: 0, beside: 0 };
  for (const axis of AXES) {
    for (const line of lines[axis]) {
      const beside = neighbours(line, periodPx)
        .filter((neighbour) => !borders[axis].includes(neighbour))
        .map((neighbour) => energies[axis][neighbour])
        .filter((energy) => energy !== undefined);
      if (beside.length === 0) continue;
      sums.here += energies[axis][line] ?? 0;
      sums.beside += beside.reduce((sum, energy) => sum + energy, 0) / beside.length;
    }
  }
  return sums.here / sums.beside;
}

/**
 * Energy across the borders of tiles over that across the same lines of the same picture, painted in other tiles that
 * do not meet there. Content and patterns are the same on both sides: what is not exactly 1 comes from tiles.
 *
 * @param {{ energies: Lines, borders: Lines }} painted
 * @param {{ energies: Lines, borders: Lines }} other
 */
export function pairedSeamIndex(painted, other) {
  const sums = { here: 0, there: 0 };
  for (const axis of AXES) {
    for (const line of painted.borders[axis].filter((border) => !other.borders[axis].includes(border))) {
      sums.here += painted.energies[axis][line] ?? 0;
      sums.there += other.energies[axis][line] ?? 0;
    }
  }
  return sums.here / sums.there;
}

/**
 * @param {number} line
 * @param {number} periodPx
 */
function neighbours(line, periodPx) {
  return Array.from({ length: NEIGHBOURS }, (_, index) => (index + 1) * periodPx)
    .flatMap((awayPx) => [line - awayPx, line + awayPx])
    .filter((neighbour) => neighbour > 0);
}

/**
 * Where tiles meet, and where the fade of two of them ends.
 *
 * @param {readonly { left: number, top: number }[]} tiles
 * @param {number} overlapPx
 * @returns {Lines}
 */
export function bordersOf(tiles, overlapPx) {
  const lines = (/** @type {number[]} */ starts) =>
    [...new Set(starts.filter((start) => start > 0).flatMap((start) => [start, start + overlapPx]))].toSorted(
      (a, b) => a - b,
    );
  return { columns: lines(tiles.map(({ left }) => left)), rows: lines(tiles.map(({ top }) => top)) };
}

/**
 * As many lines that are no borders: moved by about half a tile, by whole periods.
 *
 * @param {Lines} borders
 * @param {{ tilePx: number, periodPx: number }} options
 * @returns {Lines}
 */
export function controlLines({ columns, rows }, { tilePx, periodPx }) {
  const shiftPx = Math.max(1, Math.round(tilePx / 2 / periodPx)) * periodPx;
  const shifted = (/** @type {number} */ line) => line - shiftPx;
  return { columns: columns.map(shifted), rows: rows.map(shifted) };
}

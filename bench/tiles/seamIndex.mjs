/**
 * Whether a line stands out of a picture. Doublings by super-resolution leave a pattern of their own, of 2^doublings
 * pixels, so that a line may only be compared with lines at whole periods from it; near ones, so that the content is
 * alike.
 */

/** Lines compared on each side of a line. */
const NEIGHBOURS = 2;

/**
 * @typedef {{ columns: readonly number[], rows: readonly number[] }} Lines
 */

/**
 * Energy across the given lines over that across their neighbours: 1 where they are as all others.
 *
 * @param {Lines} energies one for each line of the picture
 * @param {Lines} lines positions
 * @param {number} periodPx
 */
export function seamIndex(energies, lines, periodPx) {
  const sums = { here: 0, beside: 0 };
  for (const axis of /** @type {const} */ (['columns', 'rows'])) {
    for (const line of lines[axis]) {
      const beside = neighbours(line, periodPx)
        .map((neighbour) => energies[axis][neighbour])
        .filter((energy) => energy !== undefined);
      sums.here += energies[axis][line] ?? 0;
      sums.beside += beside.reduce((sum, energy) => sum + energy, 0) / beside.length;
    }
  }
  return sums.here / sums.beside;
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
export function borders(tiles, overlapPx) {
  const lines = (/** @type {number[]} */ starts) =>
    [...new Set(starts.filter((start) => start > 0).flatMap((start) => [start, start + overlapPx]))].toSorted(
      (a, b) => a - b,
    );
  return { columns: lines(tiles.map(({ left }) => left)), rows: lines(tiles.map(({ top }) => top)) };
}

/**
 * As many lines that are no borders: moved by about half a tile, and by whole latent cells, so that whatever the model
 * itself does at their edges is the same for both.
 *
 * @param {Lines} lines
 * @param {{ tilePx: number, cellPx: number }} options
 * @returns {Lines}
 */
export function controlLines({ columns, rows }, { tilePx, cellPx }) {
  const shiftPx = Math.max(1, Math.round(tilePx / 2 / cellPx)) * cellPx;
  const shifted = (/** @type {number} */ line) => line - shiftPx;
  return { columns: columns.map(shifted), rows: rows.map(shifted) };
}

/** What tiles cost, as a table for people, with the aims beside. */
import { row } from '../report.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./run.mjs').measureTiles>>} TilesResult */

const AIMS = {
  /** Time of the large picture over that of the small one, over the same ratio of their pixels. */
  timePerPixel: 1.05,
  /** Peak memory of the large picture over that of the small one, their canvases aside. */
  memory: 1.15,
  /** How far the mean seam index may be from 1. */
  seams: 0.03,
  /** Levels of 255. */
  largestDifference: 2,
};

/** @param {TilesResult} result */
export function formatTiles(result) {
  const { environment, model, small, large, growth, memory, seams, tileSizes, againstWhole, detail, rounds } = result;
  const { osFamily, cores, browser, loadAverage } = environment;
  return [
    `${osFamily}, ${cores} cores, load average ${loadAverage.toFixed(1)}, browser ${browser}, wasm`,
    `Pocket ${model.revision} (${model.preset}), 1:1, medians of ${rounds} rounds`,
    '',
    row('Time', `${small} ms`, `${large} ms`, 'a pixel'),
    ...growth.stages.map(({ stage, smallMs, largeMs, perPixel }) => {
      const times = [smallMs.toFixed(1), largeMs.toFixed(1), perPixel.toFixed(3)];
      return row(`  ${stage}`, ...times) + atMost(perPixel, AIMS.timePerPixel);
    }),
    ...memoryRows(memory, { small, large }),
    '',
    row(`Seam index over ${seams.pictures} pictures at ${seams.resolution}`, 'mean', 'min', 'max', 'deviation'),
    // No verdict: what the pictures show makes more difference than a seam could, as the row below tells.
    seamRow('borders over other lines of the same picture', seams.within),
    seamRow('the same for lines that are no borders: the noise', seams.control),
    seamRow('borders over the same lines painted in other tiles', seams.paired) + nearOne(seams.paired.mean),
    '',
    row('1K by tiles against in one piece', 'levels'),
    ...againstWhole.map(
      ({ tilePx, largestDifference }) =>
        row(`  largest difference, tiles of ${tilePx} px`, String(largestDifference)) +
        atMost(largestDifference, AIMS.largestDifference),
    ),
    '',
    row(`Super-resolution to ${tileSizes.resolution}`, 'ms per MP'),
    ...tileSizes.sizes.map(({ tilePx, msPerMegapixel }) => row(`  tiles of ${tilePx} px`, msPerMegapixel.toFixed(1))),
    '',
    row('Fine detail: mean squared Laplacian', 'ours', 'bicubic', 'ratio'),
    ...detail.map(({ resolution, base, ours, bicubic, ratio }) =>
      row(`  ${resolution}, bicubic from ${base}`, ours.toFixed(3), bicubic.toFixed(3), ratio.toFixed(2)),
    ),
  ].join('\n');
}

/**
 * @param {TilesResult['memory']} memory
 * @param {{ small: string, large: string }} sizes
 */
function memoryRows(memory, { small, large }) {
  if (!memory) return ['', 'Memory: not measured, only Linux tells'];
  return [
    '',
    row('Peak memory of page and GPU process, output canvas aside', `${small} MiB`, `${large} MiB`, 'ratio'),
    ...memory.pictures.map(({ format, previews, small: first, large: second, ratio }) => {
      const sizes = [first.withoutCanvasMib.toFixed(0), second.withoutCanvasMib.toFixed(0), ratio.toFixed(3)];
      return row(`  ${format}${previews ? ', previews' : ''}`, ...sizes) + atMost(ratio, AIMS.memory);
    }),
    '',
    row(`The browser's encoder beside a ${large} canvas`, 'canvas MiB', 'file MiB', 'extra MiB'),
    ...memory.encoders.map(({ format, canvasMib, fileMib, extraMib }) =>
      row(`  ${format}`, canvasMib.toFixed(1), fileMib.toFixed(1), extraMib === null ? '-' : extraMib.toFixed(1)),
    ),
  ];
}

/**
 * @param {string} label
 * @param {TilesResult['seams']['within']} values
 */
function seamRow(label, { mean, min, max, deviation }) {
  return row(`  ${label}`, ...[mean, min, max, deviation].map((value) => value.toFixed(3)));
}

/**
 * @param {number} value
 * @param {number} aim
 */
function atMost(value, aim) {
  return verdict(`<= ${aim}`, value <= aim);
}

/** @param {number} value */
function nearOne(value) {
  return verdict(`1 +- ${AIMS.seams}`, Math.abs(value - 1) <= AIMS.seams);
}

/**
 * @param {string} aim
 * @param {boolean} isMet
 */
function verdict(aim, isMet) {
  return `  aim ${aim}: ${isMet ? 'met' : 'MISSED'}`;
}

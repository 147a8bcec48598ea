/**
 * Many small windows instead of one large latent: MultiDiffusion (Bar-Tal et al. 2023). At every noise level each window
 * is denoised by itself; the average of what they predict, weighted by place, is the least-squares compromise between
 * them (their eq. 5). The weights cross-fade, so that no window's border shows.
 */
import type { LatentShape } from './separable';
import { type CutLimits, cutAxis, type TileSpan, weightAt } from './tiles';

export interface LatentWindow {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  /** The weight of a cell is that of its row times that of its column; over all windows these sum to one. */
  readonly rowWeights: Float64Array;
  readonly columnWeights: Float64Array;
}

/** Covers a grid, row by row. */
export function cutWindows(
  grid: { readonly height: number; readonly width: number },
  limits: CutLimits,
): LatentWindow[] {
  const rows = cutAxis(grid.height, limits);
  const columns = cutAxis(grid.width, limits);
  return rows.flatMap((row) => columns.map((column) => windowOf(row, column)));
}

function windowOf(row: TileSpan, column: TileSpan): LatentWindow {
  return {
    top: row.start,
    left: column.start,
    height: row.end - row.start,
    width: column.end - column.start,
    rowWeights: weightsOf(row),
    columnWeights: weightsOf(column),
  };
}

function weightsOf(span: TileSpan): Float64Array {
  return Float64Array.from({ length: span.end - span.start }, (_, i) => weightAt(span, span.start + i));
}

/**
 * Covers a grid by windows of one exact size, for graphs that run on no other. They are spread evenly and share at least
 * `overlap` cells where there are several; the grid is as large as a window, or larger.
 *
 * @throws RangeError for a grid smaller than a window, and for an overlap that is no smaller
 */
export function cutFixedWindows(
  grid: { readonly height: number; readonly width: number },
  size: { readonly height: number; readonly width: number; readonly overlap: number },
): LatentWindow[] {
  const rows = spreadSpans(grid.height, size.height, size.overlap);
  const columns = spreadSpans(grid.width, size.width, size.overlap);
  return rows.flatMap((row) =>
    columns.map((column) => ({
      top: row.start,
      left: column.start,
      height: size.height,
      width: size.width,
      rowWeights: row.weights,
      columnWeights: column.weights,
    })),
  );
}

interface WeighedSpan {
  readonly start: number;
  readonly weights: Float64Array;
}

function spreadSpans(size: number, length: number, overlap: number): WeighedSpan[] {
  if (size < length) throw new RangeError(`A grid of ${size} cells has no room for a window of ${length}.`);
  if (overlap >= length) throw new RangeError(`Windows of ${length} cells cannot share ${overlap}.`);
  const count = 1 + Math.ceil((size - length) / (length - overlap));
  const starts = Array.from({ length: count }, (_, i) =>
    i === 0 ? 0 : Math.round((i * (size - length)) / (count - 1)),
  );
  const heights = starts.map((start) => slopes({ start, end: start + length, size, overlap }));
  const sums = new Float64Array(size);
  for (const [index, start] of starts.entries()) {
    for (let i = 0; i < length; i++) sums[start + i] = (sums[start + i] ?? 0) + (heights[index]?.[i] ?? 0);
  }
  return starts.map((start, index) => ({
    start,
    weights: Float64Array.from({ length }, (_, i) => (heights[index]?.[i] ?? 0) / (sums[start + i] ?? 1)),
  }));
}

/** Full in the middle, falling towards ends inside the grid. Three windows may meet, so these are divided by their sum. */
function slopes(span: {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly overlap: number;
}) {
  const { start, end, size, overlap } = span;
  return Float64Array.from({ length: end - start }, (_, i) => {
    const risen = start === 0 ? 1 : Math.min(1, (i + 0.5) / overlap);
    const fallen = end === size ? 1 : Math.min(1, (end - start - i - 0.5) / overlap);
    return Math.min(risen, fallen);
  });
}

/** The cells of a window, [channels, window height, window width]. */
export function cropWindow(latent: Float32Array, shape: LatentShape, window: LatentWindow): Float32Array<ArrayBuffer> {
  const cropped = new Float32Array(shape.channels * window.height * window.width);
  for (const { inLatent, inWindow } of windowRows(shape, window)) {
    cropped.set(latent.subarray(inLatent, inLatent + window.width), inWindow);
  }
  return cropped;
}

/** Adds what a window predicts, weighted, to `sum`. When all windows are in, the sum is the blend. */
export function addWindow(
  sum: Float32Array,
  shape: LatentShape,
  { window, values }: { readonly window: LatentWindow; readonly values: Float32Array },
): void {
  for (const { inLatent, inWindow, rowWeight } of windowRows(shape, window)) {
    for (let x = 0; x < window.width; x++) {
      const weight = rowWeight * (window.columnWeights[x] ?? 0);
      sum[inLatent + x] = (sum[inLatent + x] ?? 0) + weight * (values[inWindow + x] ?? 0);
    }
  }
}

/** Where each row of a window begins, in the latent and in the window. */
function* windowRows({ channels, height, width }: LatentShape, window: LatentWindow) {
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < window.height; y++) {
      yield {
        inLatent: (channel * height + window.top + y) * width + window.left,
        inWindow: (channel * window.height + y) * window.width,
        rowWeight: window.rowWeights[y] ?? 0,
      };
    }
  }
}

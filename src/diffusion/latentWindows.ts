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

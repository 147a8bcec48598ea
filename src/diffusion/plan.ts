/** From the size a caller wants to the grid a model draws on. Pure arithmetic. */

/** Where the pixels come from: a native latent grid, doublings by super-resolution, a centred crop. */
export interface OutputPlan {
  readonly latentHeight: number;
  readonly latentWidth: number;
  readonly upscalePasses: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What a model's graphs allow: pixels per latent cell, and the multiple its grid must keep. */
export interface NativeGrid {
  readonly latentDownscale: number;
  readonly gridMultiple: number;
}

/**
 * Plans a picture whose native size is the target divided by 2^passes, rounded up to whole grid steps;
 * what is too much is cropped evenly at the end, so no pixel is ever resampled.
 *
 * @example planOutput({ widthPx: 1512, heightPx: 648 }, { latentDownscale: 8, gridMultiple: 2 }, 3)
 * // { latentHeight: 12, latentWidth: 24, upscalePasses: 3, widthPx: 1512, heightPx: 648 }
 */
export function planOutput(
  size: { readonly widthPx: number; readonly heightPx: number },
  grid: NativeGrid,
  upscalePasses: number,
): OutputPlan {
  const cells = (sizePx: number) => {
    const nativePx = sizePx / 2 ** upscalePasses;
    return Math.ceil(nativePx / (grid.latentDownscale * grid.gridMultiple)) * grid.gridMultiple;
  };
  return { latentHeight: cells(size.heightPx), latentWidth: cells(size.widthPx), upscalePasses, ...size };
}

/**
 * Centres of 2x2 latent patches as (y, x) pairs, row by row, measured from the centre of the grid in units of
 * 8 cells: a 16x16 grid spans about -1 … 1, longer sides reach beyond.
 *
 * @returns (height / 2) (width / 2) pairs, flat
 */
export function patchPositions(latentHeight: number, latentWidth: number): Float32Array<ArrayBuffer> {
  const rows = latentHeight / 2;
  const columns = latentWidth / 2;
  const positions = new Float32Array(rows * columns * 2);
  let index = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      positions[index++] = (2 * row + 1 - rows) / 8;
      positions[index++] = (2 * column + 1 - columns) / 8;
    }
  }
  return positions;
}

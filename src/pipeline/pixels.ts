/** Planes of floats -> bytes of a picture, cropped to its exact size, and refused when they are none. */
import { ApiError } from '../api/errors';

export interface Rgba {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * Crops [3, height, width] floats in 0 … 1 evenly on all sides and packs them as opaque RGBA.
 * `planes` must be at least as large as `target`.
 */
export function toRgba(planes: Float32Array, source: SizePx, target: SizePx = source): Rgba {
  const area = source.widthPx * source.heightPx;
  const left = Math.floor((source.widthPx - target.widthPx) / 2);
  const top = Math.floor((source.heightPx - target.heightPx) / 2);
  const rgba = new Uint8ClampedArray(target.widthPx * target.heightPx * 4).fill(255);
  let out = 0;
  for (let y = 0; y < target.heightPx; y++) {
    let from = (top + y) * source.widthPx + left;
    for (let x = 0; x < target.widthPx; x++, from++, out += 4) {
      rgba[out] = 255 * (planes[from] ?? 0);
      rgba[out + 1] = 255 * (planes[from + area] ?? 0);
      rgba[out + 2] = 255 * (planes[from + 2 * area] ?? 0);
    }
  }
  return { ...target, rgba };
}

/** Throws `bad_output` when any value is NaN or infinite. */
export function refuseNonFinite(planes: Float32Array): void {
  // Written out: `every` takes several times as long over the millions of values of a picture.
  let checksum = 0;
  for (let i = 0; i < planes.length; i++) checksum += (planes[i] ?? 0) * 0;
  if (checksum === 0) return;
  throw new ApiError('bad_output', 'The model produced values that are not numbers.');
}

/** Levels (of 255) that a channel must spread for a picture to be one: super-resolution ripples a little at edges. */
const LEAST_SPREAD = 4;

/** Throws `bad_output` when all pixels are alike: a lost GPU answers zeros, not an error. */
export function refuseConstant({ rgba }: Rgba): void {
  for (let i = 4; i < rgba.length; i++) {
    if (Math.abs((rgba[i] ?? 0) - (rgba[i % 4] ?? 0)) > LEAST_SPREAD) return;
  }
  throw new ApiError('bad_output', 'The model produced an empty picture of one colour.');
}

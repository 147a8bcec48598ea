/** Refuses what is no picture. */
import { ApiError } from '../../api/errors';

/** Throws `bad_output` when any value is NaN or infinite. */
export function refuseNonFinite(planes: Float32Array): void {
  // Written out: `every` takes several times as long over the millions of values of a picture.
  let checksum = 0;
  for (let i = 0; i < planes.length; i++) checksum += (planes[i] ?? 0) * 0;
  if (checksum !== 0) throw nonFinite();
}

export function nonFinite(): ApiError {
  return new ApiError('bad_output', 'The model produced values that are not numbers.');
}

/** Levels (of 255) that a channel must spread for a picture to be one: super-resolution ripples a little at edges. */
const LEAST_SPREAD = 4;

/** Tells a picture from an empty one: a lost GPU answers zeros, not an error. */
export class SpreadCheck {
  #first: readonly number[] | null = null;
  #isPicture = false;

  /** Looks at more RGBA bytes of the picture. */
  add(rgba: Uint8ClampedArray): void {
    if (this.#isPicture) return;
    this.#first ??= Array.from(rgba.subarray(0, 4));
    const first = this.#first;
    for (let i = 0; i < rgba.length && !this.#isPicture; i++) {
      this.#isPicture = Math.abs((rgba[i] ?? 0) - (first[i % 4] ?? 0)) > LEAST_SPREAD;
    }
  }

  /** Throws `bad_output` when all pixels seen were alike. */
  refuseConstant(): void {
    if (this.#isPicture) return;
    throw new ApiError('bad_output', 'The model produced an empty picture of one colour.');
  }
}

/** Small latents with any numbers, and how far two of them are apart. */
import fc from 'fast-check';
import { gaussianNoise } from '../../../src/diffusion/random';
import type { LatentShape } from '../../../src/diffusion/separable';

export interface Latent {
  readonly shape: LatentShape;
  readonly values: Float32Array;
}

/** Even sides, as every model's grid has them. */
export function anyLatent(limits: { readonly maxCells: number }): fc.Arbitrary<Latent> {
  const side = fc.integer({ min: 1, max: limits.maxCells / 2 }).map((half) => 2 * half);
  return fc
    .record({ channels: fc.integer({ min: 1, max: 3 }), height: side, width: side, seed: fc.nat() })
    .map(({ seed, ...shape }) => ({ shape, values: gaussianNoise(seed, shape) }));
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Array.from(actual).reduce((max, value, i) => Math.max(max, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
}

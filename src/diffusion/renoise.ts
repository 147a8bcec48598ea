/** From a finished latent back to a noisy one, and which noise levels lead down again: image to image. */
import { pcg4d } from './random';

/** flow: x = (1 - sigma) clean + sigma noise. exploding: x = clean + sigma noise. */
export type Noising = 'flow' | 'exploding';

export function renoise(
  clean: Float32Array,
  noise: Float32Array,
  level: { readonly sigma: number; readonly noising: Noising },
): Float32Array<ArrayBuffer> {
  const share = level.noising === 'flow' ? 1 - level.sigma : 1;
  return Float32Array.from(clean, (value, i) => share * value + level.sigma * (noise[i] ?? 0));
}

/** Steps of the finest schedule: models were trained on a thousand noise levels, and what is less than a step is one. */
const FINEST = 500;

/**
 * The end of a model's schedule: with N steps, the last floor(N strength) of them, as diffusers' image to image counts.
 * Where that would be none (its pipelines then fail) the schedule is made finer until it is one, since a first step of
 * a short schedule starts from more noise than asked for.
 *
 * @param schedule a model's noise levels for a number of steps, the last one 0
 * @param wanted strength above 0, at most 1
 * @example refinementSigmas((n) => flowMatchSigmas(n, 1), { steps: 10, strength: 0.3 }) // [0.3, 0.2, 0.1, 0]
 */
export function refinementSigmas(
  schedule: (steps: number) => readonly number[],
  { steps, strength }: { readonly steps: number; readonly strength: number },
): number[] {
  if (!(strength > 0 && strength <= 1)) throw new RangeError(`A strength of ${strength} is not in (0, 1].`);
  const finer = Math.max(steps, Math.min(FINEST, Math.ceil(1 / strength)));
  const tail = Math.max(1, Math.floor(finer * strength));
  return schedule(finer).slice(-tail - 1);
}

/**
 * Another seed for every grid a picture is refined on. With the picture's own the noise would repeat what it was drawn
 * from, cell for cell, though at half the scale; and every doubling would repeat it again.
 */
export function refinementSeed(seed: number, grid: { readonly height: number; readonly width: number }): number {
  return pcg4d(seed, grid.height, grid.width, REFINEMENT)[0];
}

/** Keeps this use of the hash apart from noise, whose fourth coordinate is a channel. */
const REFINEMENT = 0x7ef1e;

/** From what a UNet predicts to the clean latent: parametrisations and classifier-free guidance, as plain numbers. */
import type { StableDiffusionSpec } from '../../models/spec';

export interface Guided {
  /** clean + sigma noise */
  readonly noisy: Float32Array;
  readonly sigma: number;
  /** For the prompt and, where it is guided, for what it is steered away from. */
  readonly predictions: readonly Float32Array[];
  /** Scale of classifier-free guidance (Ho and Salimans 2021). */
  readonly guidance: number;
  readonly prediction: StableDiffusionSpec['prediction'];
}

/** D = x - sigma eps, or of a velocity: x / (sigma^2 + 1) - v sigma / sqrt(sigma^2 + 1) (Salimans and Ho 2022, app. D). */
export function cleanLatent({ noisy, sigma, predictions, guidance, prediction }: Guided): Float32Array<ArrayBuffer> {
  const [towards, from] = predictions;
  const shrink = prediction === 'epsilon' ? 1 : 1 / (sigma ** 2 + 1);
  const step = prediction === 'epsilon' ? sigma : sigma * Math.sqrt(shrink);
  return Float32Array.from(noisy, (x, i) => {
    const guess = towards?.[i] ?? Number.NaN;
    const other = from ? (from[i] ?? Number.NaN) : guess;
    return shrink * x - step * (other + guidance * (guess - other));
  });
}

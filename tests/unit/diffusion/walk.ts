/** Carries out a sampler's table on latents that are plain lists of numbers. */
import type { SamplerStep } from '../../../src/diffusion/samplers';

type Latent = readonly number[];

export interface Walk {
  readonly start: Latent;
  readonly denoised: (latent: Latent, sigma: number) => Latent;
  /** Unit noise of a step, counted from 0. */
  readonly noise: (step: number) => Latent;
}

/** The latents after each run of the model. */
export function walk(table: readonly SamplerStep[], { start, denoised, noise }: Walk): Latent[] {
  let [latent, origin, previous]: [Latent, Latent, Latent] = [start, [], []];
  return table.map(({ sigma, weights, keepsOrigin }, step) => {
    if (keepsOrigin) origin = latent;
    const guess = denoised(latent, sigma);
    const terms = [
      { weight: weights.latent, values: latent },
      { weight: weights.denoised, values: guess },
      { weight: weights.previousDenoised, values: previous },
      { weight: weights.origin, values: origin },
      { weight: weights.noise, values: weights.noise === 0 ? [] : noise(step) },
    ].filter(({ weight }) => weight !== 0);
    latent = latent.map((_, i) =>
      terms.reduce((sum, { weight, values }) => sum + weight * (values[i] ?? Number.NaN), 0),
    );
    previous = guess;
    return latent;
  });
}

/** Samplers as arithmetic: each step is a weighted sum of tensors, so that it runs wherever the tensors live. */

/** x_next = latent * x + denoised * D(x, sigma) */
export interface StepWeights {
  readonly latent: number;
  readonly denoised: number;
}

/**
 * One Euler step of the probability-flow ODE (Karras et al. 2022, algorithm 1): d = (x - D) / sigma,
 * x_next = x + (sigmaNext - sigma) d. The same formula serves flow matching, whose velocity is d.
 *
 * @example eulerStep(1, 0) // { latent: 0, denoised: 1 }
 */
export function eulerStep(sigma: number, sigmaNext: number): StepWeights {
  const latent = sigmaNext / sigma;
  return { latent, denoised: 1 - latent };
}

/** Noise levels of a flow-matching model: x_sigma = (1 - sigma) data + sigma noise, sigma from 1 down to 0. */

/**
 * Sigmas of `steps` steps and the final 0, with the static timestep shift of Esser et al. (2024), eq. 23:
 * sigma = shift t / (1 + (shift - 1) t).
 *
 * @returns steps + 1 numbers, strictly falling from 1 to 0
 * @example flowMatchSigmas(4, 1) // [1, 0.75, 0.5, 0.25, 0]
 */
export function flowMatchSigmas(steps: number, shift: number): number[] {
  return Array.from({ length: steps + 1 }, (_, index) => {
    const t = 1 - index / steps;
    return (shift * t) / (1 + (shift - 1) * t);
  });
}

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

/** The lowest noise level of the 1,000 that models of this kind are trained with. */
const LEAST_TRAINED_SIGMA = 1 / 1000;

/**
 * The static shift as diffusers' scheduler applies it when it is left to choose: to the range of noise levels first, and
 * again to the levels it spreads evenly over that range.
 *
 * @returns steps + 1 numbers, strictly falling from 1 to 0
 */
export function twiceShiftedSigmas(steps: number, shift: number): number[] {
  const shifted = (sigma: number) => (shift * sigma) / (1 + (shift - 1) * sigma);
  const least = shifted(LEAST_TRAINED_SIGMA);
  const levels = Array.from({ length: steps }, (_, index) => {
    return shifted(steps === 1 ? 1 : 1 + ((least - 1) * index) / (steps - 1));
  });
  return [...levels, 0];
}

/** How strong the dynamic shift is at the numbers of tokens between which it is interpolated. */
export interface DynamicShift {
  readonly base: number;
  readonly max: number;
}

const BASE_TOKENS = 256;
const MOST_TOKENS = 4096;

/**
 * Noise levels that large pictures reach later: sigma = e^mu / (e^mu + 1/t - 1), where mu grows with the tokens of the
 * picture (Esser et al. 2024, section 5.3.2, as FLUX uses it).
 *
 * @returns steps + 1 numbers, strictly falling from 1 to 0
 * @example dynamicallyShiftedSigmas(4, 1024, { base: 0.5, max: 1.15 }) // [1, 0.849, 0.652, 0.385, 0]
 */
export function dynamicallyShiftedSigmas(steps: number, tokens: number, { base, max }: DynamicShift): number[] {
  const mu = base + ((max - base) * (tokens - BASE_TOKENS)) / (MOST_TOKENS - BASE_TOKENS);
  return flowMatchSigmas(steps, Math.exp(mu));
}

/**
 * The same shift with a mu that also grows as steps get fewer: measured by FLUX.2's authors at 10 and at 200 steps, a line
 * in between and beyond. What diffusers' FLUX.2 pipelines use.
 *
 * @returns steps + 1 numbers, strictly falling from 1 to 0
 * @example empiricallyShiftedSigmas(4, 1024) // [1, 0.958, 0.884, 0.717, 0]
 */
export function empiricallyShiftedSigmas(steps: number, tokens: number): number[] {
  return flowMatchSigmas(steps, Math.exp(empiricalMu(steps, tokens)));
}

/** From so many tokens on, mu does not depend on the steps. */
const TOKENS_OF_LONG_SCHEDULES = 4300;

function empiricalMu(steps: number, tokens: number): number {
  const atTwoHundred = 0.00016927 * tokens + 0.45666666;
  if (tokens > TOKENS_OF_LONG_SCHEDULES) return atTwoHundred;
  const atTen = 8.73809524e-5 * tokens + 1.89833333;
  return atTwoHundred + ((atTwoHundred - atTen) * (steps - 200)) / 190;
}

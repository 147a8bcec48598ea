/**
 * Short schedules of noise levels for models trained with a schedule of betas, and the timesteps that their graphs are asked
 * at. As diffusers 0.42.1 has them, whose schedulers space the same schedule differently; golden numbers in tests/golden.
 */
import type { SamplerName } from './samplers';
import { logTimestepAt, sigmaAt, TRAINING_STEPS, timestepAt } from './trainingSigmas';

/** Which of the 1,000 timesteps of the training a short schedule stops at. */
export type Spacing = 'linspace' | 'leading' | 'trailing' | 'karras';

/** Stable Diffusion's authors count timesteps from 1 on where they are spaced from the beginning. */
const LEADING_OFFSET = 1;
/** Karras et al. (2022), eq. 5. */
const RHO = 7;
/** Luo et al. (2023) distil models of so many steps, of which a schedule takes some. */
const LCM_STEPS = 50;

/**
 * Noise levels of `steps` steps and the final 0. Consistency models have a schedule of their own, whatever the spacing.
 *
 * @param steps at most 500
 * @returns steps + 1 numbers, strictly falling
 * @example betaSigmas(1, 'trailing', 'euler')[0] // 14.6146
 */
export function betaSigmas(steps: number, spacing: Spacing, sampler: SamplerName): number[] {
  if (sampler === 'lcm') return [...lcmTimesteps(steps).map(sigmaAt), 0];
  if (spacing === 'karras') return [...karrasSigmas(steps), 0];
  return [...timesteps(steps, spacing, sampler).map(sigmaAt), 0];
}

/** The timestep of a noise level of such a schedule. */
export function timestepOf(sigma: number, spacing: Spacing, sampler: SamplerName): number {
  if (spacing !== 'karras' || sampler === 'lcm') return timestepAt(sigma);
  const timestep = logTimestepAt(sigma);
  return sampler === 'dpmpp_2m' ? roundHalfToEven(timestep) : timestep;
}

function timesteps(steps: number, spacing: Exclude<Spacing, 'karras'>, sampler: SamplerName): number[] {
  switch (spacing) {
    case 'linspace':
      return linspace(steps, sampler);
    case 'leading': {
      const parts = sampler === 'dpmpp_2m' ? steps + 1 : steps;
      const stride = Math.floor(TRAINING_STEPS / parts);
      return Array.from({ length: steps }, (_, index) => (parts - 1 - index) * stride + LEADING_OFFSET);
    }
    case 'trailing':
      return trailing(steps);
  }
}

function linspace(steps: number, sampler: SamplerName): number[] {
  // DPM-Solver's are spaced as for one step more, whose end at timestep 0 is left out.
  const even = evenly(sampler === 'dpmpp_2m' ? steps + 1 : steps).slice(0, steps);
  return sampler === 'dpmpp_2m' || sampler === 'ddim' ? even.map(roundHalfToEven) : even;
}

/** From the last timestep down to 0; a single one is 0. Multiplied last, as numpy does: it decides how halves are rounded. */
function evenly(count: number): number[] {
  if (count === 1) return [0];
  const stride = (TRAINING_STEPS - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => (index === 0 ? TRAINING_STEPS - 1 : (count - 1 - index) * stride));
}

/** Down from the last timestep, by a stride that has numpy's rounding error in it. */
function trailing(steps: number): number[] {
  const stride = TRAINING_STEPS - (TRAINING_STEPS - TRAINING_STEPS / steps);
  return Array.from({ length: steps }, (_, index) => roundHalfToEven(TRAINING_STEPS - index * stride) - 1);
}

function lcmTimesteps(steps: number): number[] {
  // With more steps than the model was distilled from, each of them is taken.
  const parts = Math.max(steps, LCM_STEPS);
  const stride = Math.floor(TRAINING_STEPS / parts);
  return Array.from({ length: steps }, (_, index) => (parts - Math.floor((index * parts) / steps)) * stride - 1);
}

function karrasSigmas(steps: number): number[] {
  const [least, most] = [sigmaAt(0) ** (1 / RHO), sigmaAt(TRAINING_STEPS - 1) ** (1 / RHO)];
  return Array.from({ length: steps }, (_, index) => {
    const share = steps === 1 ? 0 : index / (steps - 1);
    return (most + share * (least - most)) ** RHO;
  });
}

/** As numpy rounds. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

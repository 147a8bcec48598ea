/**
 * Noise levels of models trained with a schedule of betas (Stable Diffusion), as x = clean + sigma noise, and the way back
 * to the timesteps that their graphs are asked at. As diffusers 0.42.1 has them, golden numbers in tests/golden.
 */

/** Which of the 1,000 timesteps of the training a short schedule stops at. */
export type Spacing = 'linspace' | 'leading' | 'trailing' | 'karras';

const TRAINING_STEPS = 1000;
/** "Scaled linear": the roots of the betas are evenly spaced. */
const FIRST_BETA = 0.00085;
const LAST_BETA = 0.012;
/** Karras et al. (2022), eq. 5. */
const RHO = 7;

/** Noise levels of the training, rising: 0.029 at timestep 0 … 14.61 at 999. */
export const TRAINING_SIGMAS: readonly number[] = trainingSigmas();

/**
 * Noise levels of `steps` steps and the final 0.
 *
 * @returns steps + 1 numbers, strictly falling
 * @example betaSigmas(1, 'trailing')[0] // 14.6146
 */
export function betaSigmas(steps: number, spacing: Spacing): number[] {
  if (spacing === 'karras') return [...karrasSigmas(steps), 0];
  return [...timesteps(steps, spacing).map(sigmaAt), 0];
}

/** The timestep of a noise level of such a schedule; for Karras' a whole number, as DPM-Solver rounds it. */
export function timestepOf(sigma: number, spacing: Spacing): number {
  if (spacing === 'karras') return Math.round(placeOf(Math.log(sigma), (index) => Math.log(trainingSigma(index))));
  return placeOf(sigma, trainingSigma);
}

function timesteps(steps: number, spacing: Exclude<Spacing, 'karras'>): number[] {
  const indices = Array.from({ length: steps }, (_, index) => index);
  switch (spacing) {
    case 'linspace':
      if (steps === 1) return [0];
      return indices.map((index) => ((TRAINING_STEPS - 1) * (steps - 1 - index)) / (steps - 1));
    case 'leading':
      // From 1 on: the offset that Stable Diffusion's authors use.
      return indices.map((index) => (steps - 1 - index) * Math.floor(TRAINING_STEPS / steps) + 1);
    case 'trailing':
      return indices.map((index) => roundHalfToEven(TRAINING_STEPS - (index * TRAINING_STEPS) / steps) - 1);
  }
}

function karrasSigmas(steps: number): number[] {
  const [least, most] = [trainingSigma(0), trainingSigma(TRAINING_STEPS - 1)].map((sigma) => sigma ** (1 / RHO));
  return Array.from({ length: steps }, (_, index) => {
    const share = steps === 1 ? 0 : index / (steps - 1);
    return ((most ?? 0) + share * ((least ?? 0) - (most ?? 0))) ** RHO;
  });
}

function sigmaAt(timestep: number): number {
  const below = Math.floor(timestep);
  const share = timestep - below;
  return share === 0 ? trainingSigma(below) : (1 - share) * trainingSigma(below) + share * trainingSigma(below + 1);
}

/** Where a value lies in a rising table, between entries by linear interpolation; the ends are the ends. */
function placeOf(value: number, at: (index: number) => number): number {
  let [low, high] = [0, TRAINING_STEPS - 1];
  if (value <= at(low)) return low;
  if (value >= at(high)) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(middle) <= value) low = middle;
    else high = middle;
  }
  return low + (value - at(low)) / (at(high) - at(low));
}

function trainingSigma(index: number): number {
  return TRAINING_SIGMAS[index] ?? Number.NaN;
}

function trainingSigmas(): number[] {
  const [first, last] = [Math.sqrt(FIRST_BETA), Math.sqrt(LAST_BETA)];
  let kept = 1;
  return Array.from({ length: TRAINING_STEPS }, (_, index) => {
    kept *= 1 - (first + ((last - first) * index) / (TRAINING_STEPS - 1)) ** 2;
    return Math.sqrt((1 - kept) / kept);
  });
}

/** As numpy rounds. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * The noise levels that models with a schedule of betas (Stable Diffusion) were trained at, as x = clean + sigma noise, and
 * the way back from any level to a timestep.
 */

export const TRAINING_STEPS = 1000;
const LAST_TIMESTEP = TRAINING_STEPS - 1;

/** "Scaled linear": the roots of the betas are evenly spaced. */
const FIRST_BETA = 0.00085;
const LAST_BETA = 0.012;

/** Rising: 0.029 at timestep 0 … 14.61 at 999. */
const SIGMAS = trainingSigmas();

/** Between whole timesteps by linear interpolation. */
export function sigmaAt(timestep: number): number {
  const below = Math.floor(timestep);
  const share = timestep - below;
  return share === 0 ? sigmaOf(below) : (1 - share) * sigmaOf(below) + share * sigmaOf(below + 1);
}

/** The inverse of `sigmaAt`; exact at whole timesteps. */
export function timestepAt(sigma: number): number {
  return placeOf(sigma, sigmaOf);
}

/** Between whole timesteps by interpolation of the levels' logarithms, as samplers with levels of their own ask for it. */
export function logTimestepAt(sigma: number): number {
  return placeOf(Math.log(sigma), (index) => Math.log(sigmaOf(index)));
}

/** Where a value lies in a rising table; beyond the ends, the ends. */
function placeOf(value: number, at: (index: number) => number): number {
  let [low, high] = [0, LAST_TIMESTEP];
  if (value <= at(low)) return low;
  if (value >= at(high)) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(middle) <= value) low = middle;
    else high = middle;
  }
  return low + (value - at(low)) / (at(high) - at(low));
}

function sigmaOf(index: number): number {
  return SIGMAS[index] ?? Number.NaN;
}

/** Rounded to 32 bits where the reference rounds: at the lowest levels, a hundred-thousandth of the level. */
function trainingSigmas(): readonly number[] {
  const [first, last] = [Math.sqrt(FIRST_BETA), Math.sqrt(LAST_BETA)];
  let kept = 1;
  return Array.from({ length: TRAINING_STEPS }, (_, index) => {
    const root = Math.fround(first + ((last - first) * index) / LAST_TIMESTEP);
    kept *= Math.fround(1 - Math.fround(root ** 2));
    const rounded = Math.fround(kept);
    return Math.fround(Math.sqrt(Math.fround((1 - rounded) / rounded)));
  });
}

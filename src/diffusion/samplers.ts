/**
 * Samplers as tables of weights: each step evaluates the model once and adds up tensors, so that sampling runs wherever the
 * tensors live. All are written for x = clean + sigma noise ("exploding", Karras et al. 2022), which is every diffusion
 * model after its own scaling, or for the straight lines of flow matching, x = (1 - sigma) clean + sigma noise.
 */
import { eulerStep } from './euler';
import type { Noising } from './renoise';
import { timestepAt } from './trainingSigmas';

export type SamplerName = 'euler' | 'euler_ancestral' | 'heun' | 'dpmpp_2m' | 'ddim' | 'lcm';

/** next = latent x + denoised D(x, sigma) + previousDenoised D of the step before + origin x0 + noise n; 0 is unused. */
export interface SamplerWeights {
  readonly latent: number;
  readonly denoised: number;
  readonly previousDenoised: number;
  /** Of the latent before the last step that keeps it. */
  readonly origin: number;
  /** Of fresh unit noise. */
  readonly noise: number;
}

/** One evaluation of the model and the sum that follows it. */
export interface SamplerStep {
  /** Where D is evaluated, on the current latent. */
  readonly sigma: number;
  /** The noise level of the sum. */
  readonly sigmaNext: number;
  readonly weights: SamplerWeights;
  /** The latent before this step is what `origin` of later steps means. */
  readonly keepsOrigin: boolean;
  /** False for the first half of a step with two evaluations. */
  readonly endsStep: boolean;
}

/** From the noise level of a step to the next, with what the levels around them are. */
interface Levels {
  readonly sigma: number;
  readonly next: number;
  /** Null in the first step. */
  readonly previous: number | null;
}

const LCM_TIME_SCALE = 10;
const LCM_DATA_DEVIATION = 0.5;

const UNUSED: SamplerWeights = { latent: 0, denoised: 0, previousDenoised: 0, origin: 0, noise: 0 };

/**
 * The steps that lead down a schedule.
 *
 * @param sigmas noise levels, strictly falling, the last one 0
 * @throws RangeError for a sampler that has no form for flow matching
 * @example samplerSteps('euler', [1, 0], 'flow')[0]?.weights.denoised // 1
 */
export function samplerSteps(sampler: SamplerName, sigmas: readonly number[], noising: Noising): SamplerStep[] {
  if (noising === 'flow' && !FOR_FLOW.has(sampler)) {
    throw new RangeError(`The sampler '${sampler}' has no form for flow matching.`);
  }
  return sigmas.slice(0, -1).flatMap((sigma, index) => {
    const levels = { sigma, next: sigmas[index + 1] ?? 0, previous: sigmas[index - 1] ?? null };
    return sampler === 'heun' ? heunSteps(levels) : [oneStep(levels, WEIGHTS[sampler](levels, noising))];
  });
}

const FOR_FLOW: ReadonlySet<SamplerName> = new Set(['euler', 'heun', 'lcm']);

const WEIGHTS: Readonly<Record<Exclude<SamplerName, 'heun'>, (levels: Levels, noising: Noising) => SamplerWeights>> = {
  euler: eulerWeights,
  // Song et al. (2021) without noise of its own: the same line, in coordinates of another scale.
  ddim: eulerWeights,
  euler_ancestral: ancestralWeights,
  dpmpp_2m: dpmppWeights,
  lcm: lcmWeights,
};

function oneStep({ sigma, next }: Levels, weights: SamplerWeights): SamplerStep {
  return { sigma, sigmaNext: next, weights, keepsOrigin: false, endsStep: true };
}

function eulerWeights({ sigma, next }: Levels): SamplerWeights {
  return { ...UNUSED, ...eulerStep(sigma, next) };
}

/** Goes down further than the next level, then adds noise up to it: k-diffusion's `sample_euler_ancestral`, eta 1. */
function ancestralWeights({ sigma, next }: Levels): SamplerWeights {
  const up = Math.sqrt((next ** 2 * (sigma ** 2 - next ** 2)) / sigma ** 2);
  const down = Math.sqrt(next ** 2 - up ** 2);
  return { ...UNUSED, ...eulerStep(sigma, down), noise: up };
}

/**
 * DPM-Solver++(2M), Lu et al. (2022), algorithm 2, with lambda = -log sigma. First order at both ends, as its authors
 * advise where a schedule ends at 0.
 */
function dpmppWeights({ sigma, next, previous }: Levels): SamplerWeights {
  const { latent, denoised } = eulerStep(sigma, next);
  if (previous === null || next === 0) return { ...UNUSED, latent, denoised };
  const ratio = Math.log(previous / sigma) / Math.log(sigma / next);
  const slope = denoised / (2 * ratio);
  return { ...UNUSED, latent, denoised: denoised + slope, previousDenoised: -slope };
}

/** Luo et al. (2023), "Latent Consistency Models": the model's guess, noised anew. */
function lcmWeights({ sigma, next }: Levels, noising: Noising): SamplerWeights {
  if (noising === 'flow') return { ...UNUSED, denoised: 1 - next, noise: next };
  return { ...UNUSED, ...consistencyScalings(sigma), noise: next };
}

/**
 * What of the noisy latent belongs to the guess, such that it is the latent itself where there is no noise (Song et al. 2023,
 * "Consistency Models", eq. 5). In the time that these models are told, stretched as their authors do.
 */
function consistencyScalings(sigma: number): Pick<SamplerWeights, 'latent' | 'denoised'> {
  const time = LCM_TIME_SCALE * timestepAt(sigma);
  const spread = time ** 2 + LCM_DATA_DEVIATION ** 2;
  // The formula is for latents of deviation 1.
  const unit = 1 / Math.sqrt(sigma ** 2 + 1);
  return { latent: (unit * LCM_DATA_DEVIATION ** 2) / spread, denoised: time / Math.sqrt(spread) };
}

/** Karras et al. (2022), algorithm 1: the slopes at both ends of a step are averaged. The step to 0 is Euler's. */
function heunSteps(levels: Levels): SamplerStep[] {
  const { sigma, next } = levels;
  const first = oneStep(levels, eulerWeights(levels));
  if (next === 0) return [first];
  const half = (next - sigma) / 2;
  // x0 + half ((x0 - D0) / sigma + (x1 - D1) / next), where x1 is the latent that the first half led to.
  const weights = {
    ...UNUSED,
    origin: 1 + half / sigma,
    previousDenoised: -half / sigma,
    latent: half / next,
    denoised: -half / next,
  };
  return [
    { ...first, keepsOrigin: true, endsStep: false },
    { sigma: next, sigmaNext: next, weights, keepsOrigin: false, endsStep: true },
  ];
}

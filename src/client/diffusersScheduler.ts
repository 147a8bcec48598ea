/** What a scheduler's configuration in diffusers means here. What it asks for and Tessera does not have is refused, not guessed. */
import * as v from 'valibot';
import { ApiError } from '../api/errors';
import type { StableDiffusionSpec } from '../models/spec';

export interface NoiseLevels extends Pick<StableDiffusionSpec, 'sampler' | 'spacing' | 'prediction'> {
  /** Made for a few steps, without guidance. */
  readonly isDistilled: boolean;
}

type Sampler = StableDiffusionSpec['sampler'];
type Spacing = StableDiffusionSpec['spacing'];

/** diffusers' class -> the sampler, and the spacing that class has where the file names none. */
const SCHEDULERS: Readonly<Record<string, readonly [Sampler, Spacing]>> = {
  EulerDiscreteScheduler: ['euler', 'linspace'],
  EulerAncestralDiscreteScheduler: ['euler_ancestral', 'linspace'],
  HeunDiscreteScheduler: ['heun', 'linspace'],
  DPMSolverMultistepScheduler: ['dpmpp_2m', 'linspace'],
  DDIMScheduler: ['ddim', 'leading'],
  LCMScheduler: ['lcm', 'leading'],
  // A sampler of its own in diffusers; Euler leads to nearly the same picture on the same levels.
  PNDMScheduler: ['euler', 'leading'],
};

/** The noise that Stable Diffusion was trained with; models trained with other noise would draw mud. */
const TRAINED_WITH = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' } as const;

const only = <T extends string | number | boolean>(value: T) => v.optional(v.literal(value), value);

const SchedulerSchema = v.object({
  _class_name: v.picklist(Object.keys(SCHEDULERS)),
  prediction_type: v.optional(v.picklist(['epsilon', 'v_prediction']), 'epsilon'),
  timestep_spacing: v.optional(v.picklist(['linspace', 'leading', 'trailing'])),
  use_karras_sigmas: v.optional(v.nullable(v.boolean()), false),
  beta_start: only(TRAINED_WITH.beta_start),
  beta_end: only(TRAINED_WITH.beta_end),
  beta_schedule: only(TRAINED_WITH.beta_schedule),
  num_train_timesteps: only(1000),
  rescale_betas_zero_snr: only(false),
  algorithm_type: only('dpmsolver++'),
});

/**
 * @param config what `scheduler/scheduler_config.json` holds
 * @throws ApiError `invalid_parameter` on `url`, naming the setting
 */
export function noiseLevelsOf(config: unknown): NoiseLevels {
  const result = v.safeParse(SchedulerSchema, config);
  if (!result.success) throw unknown(result.issues[0]);
  const { _class_name, prediction_type, timestep_spacing, use_karras_sigmas } = result.output;
  const [sampler, ownSpacing] = SCHEDULERS[_class_name] ?? ['euler', 'linspace'];
  const spacing = timestep_spacing ?? ownSpacing;
  return {
    sampler,
    spacing: use_karras_sigmas ? 'karras' : spacing,
    prediction: prediction_type,
    isDistilled: sampler === 'lcm' || spacing === 'trailing',
  };
}

function unknown(issue: v.BaseIssue<unknown>): ApiError {
  const what = `${v.getDotPath(issue) ?? 'what it holds'}: ${issue.received}`;
  const message = `That folder cannot be drawn with: Tessera does not know the setting of its scheduler (${what}).`;
  return new ApiError('invalid_parameter', message, 'url');
}

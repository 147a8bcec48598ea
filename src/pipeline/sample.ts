/** From noise, or from a picture and some noise, to a clean latent: one model run and one weighted sum a step. */

import { refinementSigmas, renoise } from '../diffusion/renoise';
import { type SamplerStep, samplerSteps } from '../diffusion/samplers';
import type { LatentShape } from '../diffusion/separable';
import type { EncodedPrompt, Family } from '../families/family';
import { refuseNonFinite } from '../runtime/canvas/checks';
import type { Runtime, Tensor } from '../runtime/session';
import type { TensorScope } from '../runtime/tensorScope';
import { windowsOf } from './refine';
import { keepOwn, WindowedModel } from './windowedModel';

/** A clean latent to start from, and how much of it may change. */
export interface Start {
  readonly latent: Float32Array;
  /** Above 0 … 1: the share of the steps that is taken. */
  readonly strength: number;
  /** A value for each cell, 1 where the picture is drawn anew and 0 where it stays; null draws all of it anew. */
  readonly mask: Float32Array | null;
}

export interface SampleContext {
  readonly runtime: Runtime;
  readonly model: Family;
  /** Stays the caller's, with its tensors. */
  readonly prompt: EncodedPrompt;
  readonly scope: TensorScope;
  readonly checkpoint: () => Promise<void>;
}

export interface SampleOptions {
  readonly shape: LatentShape;
  readonly steps: number;
  /** Null for pure noise. */
  readonly start: Start | null;
  /** Unit noise of the latent's length: 0 is what the picture starts from, n what step n adds, for samplers that do. */
  readonly noise: (step: number) => Float32Array;
  /** After each step, with what the model takes the picture for. */
  readonly onStep: (step: number, steps: number, denoised: Tensor) => Promise<void>;
}

/**
 * A clean latent [1, C, h, w]; in the context's scope, as is all that is on the way.
 *
 * @throws ApiError `bad_output` when a value is not a number
 */
export async function sampleLatent(context: SampleContext, options: SampleOptions): Promise<Tensor> {
  const { model, scope, checkpoint } = context;
  const sigmas = sigmasOf(context, options);
  const table = samplerSteps(model.sampler, sigmas, model.noising);
  const count = table.filter(({ endsStep }) => endsStep).length;
  const predict = await openPredictor(context, options.shape);
  const run: Run = { latent: scope.keep(startLatent(context, options, sigmas[0] ?? 0)), origin: null, previous: null };
  let done = 0;
  for (const step of table) {
    await checkpoint();
    const denoised = scope.keep(await predict(run.latent, step.sigma));
    let next = scope.keep(nextLatent(context, { run, step, denoised, noise: () => options.noise(done + 1) }));
    if (step.endsStep) {
      next = await keepUnmasked(context, options, { latent: next, sigma: step.sigmaNext });
      done += 1;
      await options.onStep(done, count, denoised);
    }
    advance(scope, run, { step, denoised, next });
  }
  for (const tensor of [run.origin, run.previous]) if (tensor) scope.free(tensor);
  // Here, not only in the finished picture: a decoder may make something of NaN, since many kernels clamp it away.
  const values = await context.runtime.read(run.latent);
  refuseNonFinite(values);
  scope.free(run.latent);
  return scope.keep(onDevice(context.runtime, values, options.shape));
}

/** The tensors that a step may need. */
interface Run {
  latent: Tensor;
  /** Before the step marked so. */
  origin: Tensor | null;
  /** What the model took the picture for one run before. */
  previous: Tensor | null;
}

function sigmasOf({ model }: SampleContext, { shape, steps, start }: SampleOptions): number[] {
  const grid = model.fixedGrid ?? { latentHeight: shape.height, latentWidth: shape.width };
  const schedule = (count: number) => model.sigmas(count, grid);
  return start ? refinementSigmas(schedule, { steps, strength: start.strength }) : schedule(steps);
}

function startLatent({ runtime, model }: SampleContext, { shape, start, noise }: SampleOptions, sigma: number): Tensor {
  const unit = noise(0);
  const scale = model.noiseScale(sigma);
  const values = start
    ? renoise(start.latent, unit, { sigma, noising: model.noising })
    : Float32Array.from(unit, (value) => scale * value);
  return onDevice(runtime, values, shape);
}

/** D(x, sigma) at once where the graphs take the whole grid, else by windows. */
async function openPredictor(
  context: SampleContext,
  shape: LatentShape,
): Promise<(latent: Tensor, sigma: number) => Promise<Tensor>> {
  const { runtime, model, prompt, scope, checkpoint } = context;
  const { fixedGrid } = model;
  const { height, width } = shape;
  if (!fixedGrid || (fixedGrid.latentHeight === height && fixedGrid.latentWidth === width)) {
    const conditioning = await model.condition(prompt, { latentHeight: height, latentWidth: width }, checkpoint);
    keepOwn(scope, conditioning, prompt);
    return (latent, sigma) => model.denoise(latent, sigma, conditioning);
  }
  const windowed = new WindowedModel(context, shape, windowsOf(shape, { ...model.windows, fixedGrid }));
  return async (latent, sigma) =>
    onDevice(runtime, await windowed.predict(await runtime.read(latent), sigma, () => {}), shape);
}

interface StepParts {
  readonly run: Run;
  readonly step: SamplerStep;
  readonly denoised: Tensor;
  readonly noise: () => Float32Array;
}

function nextLatent({ runtime, scope }: SampleContext, { run, step, denoised, noise }: StepParts): Tensor {
  const { weights } = step;
  const fresh = weights.noise === 0 ? null : scope.keep(onDevice(runtime, noise(), shapeOf(run.latent)));
  const terms = [
    { tensor: run.latent, weight: weights.latent },
    { tensor: denoised, weight: weights.denoised },
    { tensor: run.previous, weight: weights.previousDenoised },
    { tensor: run.origin, weight: weights.origin },
    { tensor: fresh, weight: weights.noise },
  ].flatMap(({ tensor, weight }) => (tensor && weight !== 0 ? [{ tensor, weight }] : []));
  const next = runtime.weightedSum(terms);
  if (fresh) scope.free(fresh);
  return next;
}

/** What no later step needs is freed. */
function advance(
  scope: TensorScope,
  run: Run,
  { step, denoised, next }: { readonly step: SamplerStep; readonly denoised: Tensor; readonly next: Tensor },
): void {
  if (step.keepsOrigin) {
    if (run.origin) scope.free(run.origin);
    run.origin = run.latent;
  } else {
    scope.free(run.latent);
  }
  if (run.previous) scope.free(run.previous);
  run.previous = denoised;
  run.latent = next;
}

/**
 * Inpainting by latent blending (Avrahami et al. 2023, "Blended Latent Diffusion"): after each step, what is to stay is put
 * back, as noisy as the rest.
 */
async function keepUnmasked(
  { runtime, model, scope }: SampleContext,
  { shape, start, noise }: SampleOptions,
  { latent, sigma }: { readonly latent: Tensor; readonly sigma: number },
): Promise<Tensor> {
  const mask = start?.mask;
  if (!start || !mask) return latent;
  const kept = sigma === 0 ? start.latent : renoise(start.latent, noise(0), { sigma, noising: model.noising });
  const drawn = await runtime.read(latent);
  const cells = shape.height * shape.width;
  const blended = Float32Array.from(drawn, (value, i) => {
    const share = mask[i % cells] ?? 0;
    return share * value + (1 - share) * (kept[i] ?? 0);
  });
  scope.free(latent);
  return scope.keep(onDevice(runtime, blended, shape));
}

function shapeOf({ dims: [, channels = 0, height = 0, width = 0] }: Tensor): LatentShape {
  return { channels, height, width };
}

function onDevice(runtime: Runtime, values: Float32Array, { channels, height, width }: LatentShape): Tensor {
  return runtime.toDevice(runtime.float32(values, [1, channels, height, width]));
}

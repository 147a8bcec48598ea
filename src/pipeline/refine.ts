/**
 * Detail that the base picture is too small to hold: enlarge the latent, add some noise, denoise it by overlapping
 * windows. What is seen from far away stays the base's, so that n things stay n things though every window is told the
 * whole prompt. The same job and windows give the same latent.
 *
 * Between the runs the latent lives on the CPU. A cell stands for at least 8 x 8 pixels, so a picture of 4096 x 4096 has
 * 4 MiB of latent with 4 channels and 16 MiB with 16. All arithmetic of a step on it takes 0.15 s and 0.8 s on one slow
 * core, beside a hundred runs of the model on windows of 64 cells.
 */

import { enlargeLatent } from '../diffusion/enlargeLatent';
import { eulerStep } from '../diffusion/euler';
import { addWindow, cropWindow, cutWindows, type LatentWindow } from '../diffusion/latentWindows';
import { keepLowFrequencies } from '../diffusion/lowFrequencies';
import { gaussianNoise } from '../diffusion/random';
import { type Noising, refinementSeed, refinementSigmas, renoise } from '../diffusion/renoise';
import type { LatentShape } from '../diffusion/separable';
import type { Conditioning, EncodedPrompt, Family } from '../families/family';
import type { Runtime, Tensor } from '../runtime/session';
import { addWeighted } from '../runtime/weightedSum';
import { TensorScope } from './tensorScope';

/** What refinement needs of a picture in the making. */
export interface RefineContext {
  readonly runtime: Pick<Runtime, 'float32' | 'toDevice' | 'read'>;
  readonly model: RefiningModel;
  /** Stays the caller's, with its tensors. */
  readonly prompt: EncodedPrompt;
  /** The job's. */
  readonly seed: number;
  /** Called between session runs; throws once the job is cancelled. */
  readonly checkpoint: () => Promise<void>;
  /** Told the fraction done, above 0 up to 1, after every window. */
  readonly report: (fraction: number) => void;
}

export type RefiningModel = Pick<Family, 'sigmas' | 'condition' | 'denoise'> & {
  /** How the model mixes noise in; `flow` unless said. */
  readonly noising?: Noising;
};

export interface RefineOptions {
  /** Steps of a whole run; of these only the last `strength` are taken. */
  readonly steps: number;
  /** Longest side of a window: the grid the model was trained on. */
  readonly tileCells: number;
  /** What neighbouring windows share, at most a third of `tileCells`. */
  readonly overlapCells: number;
  /** All windows keep this multiple, as the model's grid does. */
  readonly gridMultiple: number;
  /** How much is drawn anew, above 0 … 1. At more than about 0.3 windows begin to draw things of their own. */
  readonly strength?: number;
  /**
   * Of the base latent stay the waves longer than twice this, in cells of the base grid; null keeps nothing. At 2 these
   * are a sixteenth of the refined latent's numbers, the base picture at half its size: waves the base draws badly
   * because they are near its limit are free, and so is all that it cannot draw.
   */
  readonly keptCells?: number | null;
}

const STRENGTH = 0.3;
const KEPT_CELLS = 2;

/**
 * One doubling of a latent [1, C, h, w] to [1, C, 2h, 2w]. Both are the caller's to free; all else is freed here.
 *
 * @example await refineLatent({ ...context, prompt, report }, latent, { steps: 4, tileCells: 16, overlapCells: 4, gridMultiple: 2 })
 */
export async function refineLatent(context: RefineContext, base: Tensor, options: RefineOptions): Promise<Tensor> {
  const scope = new TensorScope();
  try {
    const enlarged = await enlarge(context, base);
    const run = { ...context, scope, plan: planRun(context, enlarged.shape, options), conditionings: new Map() };
    const latent = await denoise(run, enlarged.values);
    return context.runtime.toDevice(context.runtime.float32(latent, dimsOf(enlarged.shape)));
  } finally {
    scope.freeAll();
  }
}

interface Plan {
  readonly shape: LatentShape;
  readonly windows: readonly LatentWindow[];
  readonly sigmas: readonly number[];
  readonly noising: Noising;
  /** In cells of the refined grid; null where nothing of the base is kept. */
  readonly knotDistance: number | null;
}

interface Run extends RefineContext {
  readonly scope: TensorScope;
  readonly plan: Plan;
  /** By window size: all a conditioning knows of its window. */
  readonly conditionings: Map<string, Conditioning>;
}

function planRun({ model }: RefineContext, shape: LatentShape, options: RefineOptions): Plan {
  const { steps, tileCells, overlapCells, gridMultiple, strength = STRENGTH, keptCells = KEPT_CELLS } = options;
  return {
    shape,
    windows: cutWindows(shape, { limit: tileCells, overlap: overlapCells, multiple: gridMultiple }),
    sigmas: refinementSigmas((count) => model.sigmas(count), { steps, strength }),
    noising: model.noising ?? 'flow',
    knotDistance: keptCells === null ? null : 2 * keptCells,
  };
}

async function enlarge({ runtime }: RefineContext, base: Tensor) {
  const [, channels = 0, height = 0, width = 0] = base.dims;
  const values = enlargeLatent(await runtime.read(base), { channels, height, width });
  return { values, shape: { channels, height: 2 * height, width: 2 * width } };
}

async function denoise(run: Run, enlarged: Float32Array): Promise<Float32Array> {
  const { shape, sigmas, noising } = run.plan;
  const noise = gaussianNoise(refinementSeed(run.seed, shape), shape);
  let latent: Float32Array = renoise(enlarged, noise, { sigma: sigmas[0] ?? 0, noising });
  for (const [step, sigma] of sigmas.slice(0, -1).entries()) {
    const predicted = await predict(run, latent, step);
    const denoised = keepBase(run.plan, predicted, enlarged);
    const weights = eulerStep(sigma, sigmas[step + 1] ?? 0);
    latent = addWeighted([
      { values: latent, weight: weights.latent },
      { values: denoised, weight: weights.denoised },
    ]);
  }
  return latent;
}

function keepBase({ shape, knotDistance }: Plan, predicted: Float32Array, enlarged: Float32Array): Float32Array {
  return knotDistance === null ? predicted : keepLowFrequencies(predicted, enlarged, { shape, knotDistance });
}

/** D(x, sigma) of the whole latent, blended from its windows. */
async function predict(run: Run, latent: Float32Array, step: number): Promise<Float32Array> {
  const { shape, windows, sigmas } = run.plan;
  const blend = new Float32Array(latent.length);
  for (const [index, window] of windows.entries()) {
    const conditioning = await conditioningOf(run, window);
    await run.checkpoint();
    const values = await denoiseWindow(run, cropTensor(run, latent, window), {
      sigma: sigmas[step] ?? 0,
      conditioning,
    });
    addWindow(blend, shape, { window, values });
    run.report((step * windows.length + index + 1) / ((sigmas.length - 1) * windows.length));
  }
  return blend;
}

async function conditioningOf(run: Run, { height, width }: LatentWindow): Promise<Conditioning> {
  const { conditionings, model, prompt, scope, checkpoint } = run;
  const size = `${height}x${width}`;
  const known = conditionings.get(size);
  if (known) return known;
  await checkpoint();
  const conditioning = await model.condition(prompt, { latentHeight: height, latentWidth: width });
  const callers: readonly unknown[] = Object.values(prompt);
  for (const tensor of Object.values(conditioning)) if (!callers.includes(tensor)) scope.keep(tensor);
  conditionings.set(size, conditioning);
  return conditioning;
}

function cropTensor({ runtime, scope, plan }: Run, latent: Float32Array, window: LatentWindow): Tensor {
  const dims = dimsOf({ ...window, channels: plan.shape.channels });
  return scope.keep(runtime.toDevice(runtime.float32(cropWindow(latent, plan.shape, window), dims)));
}

/** Frees the window. */
async function denoiseWindow(
  { runtime, model, scope }: Run,
  noisy: Tensor,
  at: { readonly sigma: number; readonly conditioning: Conditioning },
): Promise<Float32Array> {
  const denoised = scope.keep(await model.denoise(noisy, at.sigma, at.conditioning));
  const values = await runtime.read(denoised);
  scope.free(noisy);
  scope.free(denoised);
  return values;
}

function dimsOf({ channels, height, width }: LatentShape): readonly number[] {
  return [1, channels, height, width];
}

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
import { cutFixedWindows, cutWindows, type LatentWindow } from '../diffusion/latentWindows';
import { keepLowFrequencies } from '../diffusion/lowFrequencies';
import { gaussianNoise } from '../diffusion/random';
import { refinementSeed, refinementSigmas, renoise } from '../diffusion/renoise';
import type { LatentShape } from '../diffusion/separable';
import type { EncodedPrompt, Family, LatentGrid } from '../families/family';
import { refuseNonFinite } from '../runtime/canvas/checks';
import type { Runtime, Tensor } from '../runtime/session';
import { TensorScope } from '../runtime/tensorScope';
import { addWeighted } from '../runtime/weightedSum';
import { WindowedModel } from './windowedModel';

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

export type RefiningModel = Pick<Family, 'sigmas' | 'condition' | 'denoise' | 'noising' | 'fixedGrid'>;

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
 * @throws ApiError `bad_output` when a value is not a number
 * @example await refineLatent({ ...context, prompt, report }, latent, { steps: 4, tileCells: 16, overlapCells: 4, gridMultiple: 2 })
 */
export async function refineLatent(context: RefineContext, base: Tensor, options: RefineOptions): Promise<Tensor> {
  const scope = new TensorScope();
  try {
    const enlarged = await enlarge(context, base);
    const plan = planRun(context, enlarged.shape, options);
    const windowed = new WindowedModel({ ...context, scope }, plan.shape, plan.windows);
    const latent = await denoise({ ...context, plan, windowed }, enlarged.values);
    refuseNonFinite(latent);
    const { channels, height, width } = plan.shape;
    return context.runtime.toDevice(context.runtime.float32(latent, [1, channels, height, width]));
  } finally {
    scope.freeAll();
  }
}

interface Plan {
  readonly shape: LatentShape;
  readonly windows: readonly LatentWindow[];
  readonly sigmas: readonly number[];
  /** In cells of the refined grid; null where nothing of the base is kept. */
  readonly knotDistance: number | null;
}

interface Run extends RefineContext {
  readonly plan: Plan;
  readonly windowed: WindowedModel;
}

function planRun({ model }: RefineContext, shape: LatentShape, options: RefineOptions): Plan {
  const { steps, strength = STRENGTH, keptCells = KEPT_CELLS } = options;
  const window = { latentHeight: options.tileCells, latentWidth: options.tileCells };
  return {
    shape,
    windows: windowsOf(shape, { ...options, fixedGrid: model.fixedGrid }),
    // Every window is a picture of its own to the model, with the noise levels of that size.
    sigmas: refinementSigmas((count) => model.sigmas(count, model.fixedGrid ?? window), { steps, strength }),
    knotDistance: keptCells === null ? null : 2 * keptCells,
  };
}

/** The windows of a latent: of one exact size where the graphs run on no other. */
export function windowsOf(
  shape: LatentShape,
  sizes: Pick<RefineOptions, 'tileCells' | 'overlapCells' | 'gridMultiple'> & { readonly fixedGrid: LatentGrid | null },
): LatentWindow[] {
  const { tileCells, overlapCells, gridMultiple, fixedGrid } = sizes;
  if (!fixedGrid) return cutWindows(shape, { limit: tileCells, overlap: overlapCells, multiple: gridMultiple });
  const { latentHeight: height, latentWidth: width } = fixedGrid;
  // Of a small one too, windows share a quarter at most: all of it would leave no step from one to the next.
  const overlap = Math.min(overlapCells, Math.floor(Math.min(height, width) / 4));
  return cutFixedWindows(shape, { height, width, overlap });
}

async function enlarge({ runtime }: RefineContext, base: Tensor) {
  const [, channels = 0, height = 0, width = 0] = base.dims;
  const values = enlargeLatent(await runtime.read(base), { channels, height, width });
  return { values, shape: { channels, height: 2 * height, width: 2 * width } };
}

async function denoise(run: Run, enlarged: Float32Array): Promise<Float32Array> {
  const { shape, sigmas } = run.plan;
  const noise = gaussianNoise(refinementSeed(run.seed, shape), shape);
  let latent: Float32Array = renoise(enlarged, noise, { sigma: sigmas[0] ?? 0, noising: run.model.noising });
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

function predict({ plan, windowed, report }: Run, latent: Float32Array, step: number): Promise<Float32Array> {
  const { windows, sigmas } = plan;
  const count = (sigmas.length - 1) * windows.length;
  return windowed.predict(latent, sigmas[step] ?? 0, (done) => report((step * windows.length + done) / count));
}

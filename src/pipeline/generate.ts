/** The story of a picture, top to bottom: text -> noise -> steps -> refine -> decode -> tiles -> bytes. */
import { ApiError } from '../api/errors';
import { baseSizePx, planTiles, type TiledPlan, visiblePart } from '../diffusion/plan';
import { gaussianNoise, pcg4d } from '../diffusion/random';
import type { EncodedPrompt, Family } from '../families/family';
import type { TileCanvas } from '../runtime/canvas/tileCanvas';
import type { Runtime, Tensor } from '../runtime/session';
import { TensorScope } from '../runtime/tensorScope';
import { encode } from './encode';
import type { GenerateJob, Picture } from './job';
import { openNativePicture } from './nativePicture';
import { paint } from './paint';
import { fitMask, fitPicture, openReference } from './pictures';
import { toRgba } from './pixels';
import type { OnProgress, Preview } from './progress';
import { refineLatent } from './refine';
import { type Start, sampleLatent } from './sample';
import { StageClock } from './stageClock';
import { thumbnailOf } from './thumbnail';
import { tileLimits } from './tilePlan';

export interface Studio {
  readonly runtime: Runtime;
  readonly model: Family;
}

interface Context extends Studio {
  readonly job: GenerateJob;
  readonly plan: TiledPlan;
  readonly clock: StageClock;
  readonly scope: TensorScope;
  readonly onProgress: OnProgress;
  /** Null when nobody watches the tiles. */
  readonly onPreview: OnProgress | null;
  /** Lets a cancel arrive; throws once it has. Called between any two session runs of weight. */
  readonly checkpoint: () => Promise<void>;
}

/** Draws one picture. Stops within one step or tile of `signal`; frees every tensor however it ends. */
export async function generate(
  job: GenerateJob,
  studio: Studio,
  options: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
): Promise<Picture> {
  const clock = new StageClock(options.onProgress);
  const scope = new TensorScope();
  const plan = planTiles(job.plan, tileLimits(studio.runtime, studio.model, job.largestTilePx ?? undefined));
  const { onProgress } = options;
  const onPreview = job.previews ? onProgress : null;
  const context = { ...studio, job, plan, clock, scope, onProgress, onPreview, checkpoint };
  const runsBeforeMs = studio.runtime.work.sessionRunsMs;
  async function checkpoint() {
    await nextTask();
    options.signal.throwIfAborted();
  }
  try {
    await checkpoint();
    onProgress({ type: 'plan', plan });
    const prompt = await clock.time('text', () => readPrompt(context));
    const latent = await clock.time('denoise', () => denoise(context, prompt));
    const refined = await refine(context, prompt, latent);
    const native = await clock.time('decode', () => openNativePicture(context, refined));
    const canvas = await clock.time('upscale', (report) => paint(context, native, report));
    const blob = await clock.time('encode', () => finish(context, canvas));
    return {
      blob,
      widthPx: plan.widthPx,
      heightPx: plan.heightPx,
      device: studio.runtime.device,
      plan,
      timingsMs: clock.timingsMs,
      sessionRunsMs: studio.runtime.work.sessionRunsMs - runsBeforeMs,
    };
  } finally {
    scope.freeAll();
    await studio.model.settle();
  }
}

async function readPrompt({ job, model, scope, checkpoint, onProgress }: Context): Promise<EncodedPrompt> {
  const references = job.references.map((picture) => openReference(picture, job.plan));
  const prompt = await model.encodePrompt({ ...job, references, checkpoint });
  for (const tensor of Object.values(prompt.tensors)) scope.keep(tensor);
  reportTruncation(prompt, onProgress);
  return prompt;
}

function reportTruncation({ truncatedTokens }: EncodedPrompt, onProgress: OnProgress): void {
  if (truncatedTokens === 0) return;
  const message = `The model does not read the last ${truncatedTokens} tokens of this prompt: it is too long.`;
  onProgress({ type: 'notice', code: 'prompt_truncated', message });
}

async function denoise(context: Context, prompt: EncodedPrompt): Promise<Tensor> {
  const { job, plan, model, onProgress } = context;
  const shape = { channels: model.latentChannels, height: plan.latentHeight, width: plan.latentWidth };
  return sampleLatent(
    { ...context, prompt },
    {
      shape,
      steps: job.steps,
      start: await encodeStart(context),
      noise: (step) => gaussianNoise(step === 0 ? job.seed : stepSeed(job.seed, step), shape),
      onStep: async (step, steps, denoised) => {
        const isWatched = job.previews && model.canPreview && step < steps;
        onProgress({ type: 'step', step, steps, preview: isWatched ? await drawPreview(context, denoised) : null });
      },
    },
  );
}

/** The latent of the picture that the drawing starts from; null where it starts from noise. */
async function encodeStart({ job, plan, model, runtime, scope }: Context): Promise<Start | null> {
  const { start } = job;
  if (!start) return null;
  if (!model.encoder) throw new ApiError('invalid_parameter', 'This model cannot start from a picture.', 'images');
  const size = baseSizePx(plan);
  const frame = visiblePart(plan);
  const latent = scope.keep(await model.encoder.encode(fitPicture(start.picture, size, frame)));
  const values = Float32Array.from(await runtime.read(latent));
  scope.free(latent);
  const mask = start.mask && fitMask(start.mask, size, { frame, cellPx: plan.latentDownscale });
  return { latent: values, strength: start.strength, mask };
}

/** Another seed for the noise that each step adds, where a sampler does. */
function stepSeed(seed: number, step: number): number {
  return pcg4d(seed, step, 0, STEP_NOISE)[0];
}

/** Keeps this use of the hash apart from noise, whose fourth coordinate is a channel. */
const STEP_NOISE = 0x57e9;

async function refine(context: Context, prompt: EncodedPrompt, latent: Tensor): Promise<Tensor> {
  const { job, plan, model, clock, scope } = context;
  const options = { steps: job.steps, ...model.windows };
  let current = latent;
  for (let pass = 0; pass < plan.refinePasses; pass++) {
    const base = current;
    current = await clock.time('refine', (report) =>
      refineLatent({ ...context, prompt, seed: job.seed, report }, base, options),
    );
    scope.keep(current);
    scope.free(base);
  }
  return current;
}

/** What the latent stands for so far, cropped as the finished picture will be. */
async function drawPreview({ model, plan, runtime, scope }: Context, denoised: Tensor): Promise<Preview> {
  const image = scope.keep(await model.decoder.decode(denoised, {}));
  const scale = 2 ** (plan.upscalePasses + plan.refinePasses);
  const visible = { widthPx: Math.ceil(plan.widthPx / scale), heightPx: Math.ceil(plan.heightPx / scale) };
  const preview = toRgba(await runtime.read(image), baseSizePx(plan), visible);
  scope.free(image);
  return preview;
}

async function finish({ job, scope, onPreview, checkpoint }: Context, tiles: TileCanvas): Promise<Blob> {
  await checkpoint();
  const canvas = await tiles.finish();
  onPreview?.({ type: 'thumbnail', thumbnail: thumbnailOf(canvas) });
  try {
    return await encode(canvas, job);
  } finally {
    // Its pixels now: the garbage collector does not know how many they are.
    canvas.width = 0;
    scope.free(tiles);
  }
}

const { port1, port2 } = new MessageChannel();
port1.start();

/** A full turn of the event loop: awaiting alone would never let the cancel message in, and timers wait 4 ms. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    port1.addEventListener('message', () => resolve(), { once: true });
    port2.postMessage(null);
  });
}

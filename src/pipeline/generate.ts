/** The story of a picture, top to bottom: text -> noise -> steps -> refine -> decode -> tiles -> bytes. */
import { eulerStep } from '../diffusion/euler';
import { nativeSizePx, planTiles, type TiledPlan } from '../diffusion/plan';
import { gaussianNoise } from '../diffusion/random';
import type { Conditioning, EncodedPrompt, Family } from '../families/family';
import type { TileCanvas } from '../runtime/canvas/tileCanvas';
import type { Runtime, Tensor } from '../runtime/session';
import { encode } from './encode';
import type { GenerateJob, Picture } from './job';
import { openNativePicture } from './nativePicture';
import { paint } from './paint';
import { toRgba } from './pixels';
import type { OnProgress, Preview } from './progress';
import { refineLatent } from './refine';
import { StageClock } from './stageClock';
import { TensorScope } from './tensorScope';
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
    const { prompt, conditioning } = await clock.time('text', () => readPrompt(context));
    const latent = await clock.time('denoise', () => denoise(context, conditioning));
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
  }
}

async function readPrompt({ job, plan, model, scope, onProgress }: Context) {
  const prompt = await model.encodePrompt(job.prompt);
  reportTruncation(prompt, onProgress);
  const conditioning = await model.condition(prompt, plan);
  for (const tensor of Object.values(conditioning)) scope.keep(tensor);
  scope.keep(prompt.memory);
  return { prompt, conditioning };
}

function reportTruncation({ truncatedTokens }: EncodedPrompt, onProgress: OnProgress): void {
  if (truncatedTokens === 0) return;
  const message = `The model does not read the last ${truncatedTokens} tokens of this prompt: it is too long.`;
  onProgress({ type: 'notice', code: 'prompt_truncated', message });
}

async function denoise(context: Context, conditioning: Conditioning): Promise<Tensor> {
  const { job, model, runtime, scope, onProgress, checkpoint } = context;
  const sigmas = model.sigmas(job.steps);
  let latent = scope.keep(startNoise(context));
  for (const [index, sigma] of sigmas.slice(0, -1).entries()) {
    await checkpoint();
    const weights = eulerStep(sigma, sigmas[index + 1] ?? 0);
    const denoised = scope.keep(await model.denoise(latent, sigma, conditioning));
    const next = scope.keep(
      runtime.weightedSum([
        { tensor: latent, weight: weights.latent },
        { tensor: denoised, weight: weights.denoised },
      ]),
    );
    const step = index + 1;
    const preview = job.previews && step < job.steps ? await drawPreview(context, denoised) : null;
    onProgress({ type: 'step', step, steps: job.steps, preview });
    scope.free(latent);
    scope.free(denoised);
    latent = next;
  }
  return latent;
}

function startNoise({ job, plan, model, runtime }: Context): Tensor {
  const { latentHeight: height, latentWidth: width } = plan;
  const channels = model.latentChannels;
  const noise = gaussianNoise(job.seed, { channels, height, width });
  return runtime.toDevice(runtime.float32(noise, [1, channels, height, width]));
}

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
  const preview = toRgba(await runtime.read(image), nativeSizePx(plan), visible);
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

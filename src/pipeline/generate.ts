/** The story of a picture, top to bottom: text -> noise -> steps -> decode -> enlarge -> bytes. */
import { eulerStep } from '../diffusion/euler';
import { gaussianNoise } from '../diffusion/random';
import type { Conditioning, EncodedPrompt, Family } from '../families/family';
import type { Runtime, Tensor } from '../runtime/session';
import { encode } from './encode';
import type { GenerateJob, Picture } from './job';
import { type Rgba, refuseConstant, refuseNonFinite, toRgba } from './pixels';
import type { OnProgress, Preview } from './progress';
import { StageClock } from './stageClock';
import { TensorScope } from './tensorScope';

export interface Studio {
  readonly runtime: Runtime;
  readonly model: Family;
}

interface Context extends Studio {
  readonly job: GenerateJob;
  readonly clock: StageClock;
  readonly scope: TensorScope;
  readonly onProgress: OnProgress;
  /** Lets a cancel arrive; throws once it has. Called between any two session runs of weight. */
  readonly checkpoint: () => Promise<void>;
}

/** Draws one picture. Stops within one step of `signal`; frees every tensor however it ends. */
export async function generate(
  job: GenerateJob,
  studio: Studio,
  options: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
): Promise<Picture> {
  const clock = new StageClock(options.onProgress);
  const scope = new TensorScope();
  const context = { ...studio, job, clock, scope, onProgress: options.onProgress, checkpoint };
  const runsBeforeMs = studio.runtime.sessionRunsMs;
  async function checkpoint() {
    await nextTask();
    options.signal.throwIfAborted();
  }
  try {
    await checkpoint();
    const conditioning = await clock.time('text', () => readPrompt(context));
    const latent = await clock.time('denoise', () => denoise(context, conditioning));
    const image = await clock.time('decode', () => decode(context, latent));
    const enlarged = await clock.time('upscale', (report) => enlarge(context, image, report));
    const picture = await clock.time('encode', () => finish(context, enlarged));
    return { ...picture, timingsMs: clock.timingsMs, sessionRunsMs: studio.runtime.sessionRunsMs - runsBeforeMs };
  } finally {
    scope.freeAll();
  }
}

async function readPrompt({ job, model, scope, onProgress }: Context): Promise<Conditioning> {
  const prompt = await model.encodePrompt(job.prompt);
  reportTruncation(prompt, onProgress);
  const conditioning = await model.condition(prompt, job.plan);
  for (const tensor of Object.values(conditioning)) scope.keep(tensor);
  return conditioning;
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

function startNoise({ job, model, runtime }: Context): Tensor {
  const { latentHeight: height, latentWidth: width } = job.plan;
  const channels = model.latentChannels;
  const noise = gaussianNoise(job.seed, { channels, height, width });
  return runtime.toDevice(runtime.float32(noise, [1, channels, height, width]));
}

async function drawPreview({ model, runtime, scope }: Context, denoised: Tensor): Promise<Preview> {
  const image = scope.keep(await model.decode(denoised));
  const preview = toRgba(await runtime.read(image), imageSize(image));
  scope.free(image);
  return preview;
}

async function decode({ model, scope, checkpoint }: Context, latent: Tensor): Promise<Tensor> {
  await checkpoint();
  const image = scope.keep(await model.decode(latent));
  scope.free(latent);
  return image;
}

async function enlarge(context: Context, image: Tensor, report: (fraction: number) => void): Promise<Tensor> {
  const { job, model, scope, checkpoint } = context;
  let current = image;
  for (let pass = 0; pass < job.plan.upscalePasses; pass++) {
    await checkpoint();
    const larger = scope.keep(await model.enlarge(current));
    scope.free(current);
    current = larger;
    report((pass + 1) / job.plan.upscalePasses);
  }
  return current;
}

async function finish({ job, runtime, checkpoint }: Context, image: Tensor) {
  await checkpoint();
  const source = imageSize(image);
  const planes = await runtime.read(image);
  refuseNonFinite(planes);
  const pixels: Rgba = toRgba(planes, source, job.plan);
  refuseConstant(pixels);
  const blob = await encode(pixels, job.outputFormat);
  const { widthPx, heightPx } = pixels;
  return { blob, widthPx, heightPx, device: runtime.device };
}

function imageSize({ dims }: Tensor): { widthPx: number; heightPx: number } {
  return { heightPx: dims[2] ?? 0, widthPx: dims[3] ?? 0 };
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

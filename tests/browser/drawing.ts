/** The pipeline in a page, without its worker, on the graphs of the tiny Pocket. */
import type { GenerateJob, JobPicture } from '../../src/pipeline/job';
import type { ProgressEvent } from '../../src/pipeline/progress';

export const JOB: GenerateJob = {
  prompt: 'a red apple on a blue background',
  seed: 7,
  steps: 4,
  plan: {
    latentHeight: 8,
    latentWidth: 8,
    latentDownscale: 8,
    refinePasses: 0,
    upscalePasses: 1,
    widthPx: 128,
    heightPx: 128,
  },
  negativePrompt: null,
  guidance: null,
  start: null,
  references: [],
  largestTilePx: null,
  outputFormat: 'png',
  quality: 92,
  parameters: null,
  previews: true,
};

export interface Script {
  readonly device: 'wasm' | 'webgpu';
  readonly jobs: readonly GenerateJob[];
  readonly abortFirstAtStep?: number;
  /** Aborts the first job when it tells of this tile, counted from 1. */
  readonly abortFirstAtTile?: number;
  /** A faulty graph of tests/fixtures/faulty instead of the model's own. */
  readonly faulty?: { readonly graph: string; readonly by: string };
  /** Pretends that tiles do not come out exactly as the whole, so that they overlap and fade. */
  readonly inexact?: boolean;
  /** A decoder of tests/fixtures/tiny-decoders instead of the model's own: its norms see the whole picture. */
  readonly wholeImageDecoder?: string;
}

/** Runs in the page: the pipeline without its worker, on graphs fetched from the fixtures. */
export async function draw(script: Script) {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { loadPocket } = await import('/src/families/pocket/pocket.ts');
  const { generate } = await import('/src/pipeline/generate.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device: script.device, runtimeUrl, verbose: false });
  const fileUrl = (path: string) =>
    path === `${script.faulty?.graph}.onnx`
      ? `/tests/fixtures/faulty/${script.faulty?.by}.onnx`
      : `/tests/fixtures/tiny-pocket/${path}`;
  const file = async (path: string) => (await fetch(fileUrl(path))).blob();
  const loaded = await loadPocket(runtime, file, () => {});
  const model = Object.assign(loaded, await otherDecoder());
  async function otherDecoder() {
    if (!script.wholeImageDecoder) return script.inexact ? { decoder: { ...loaded.decoder, isExact: false } } : {};
    const { openWholeImageDecoder } = await import('/src/families/shared/wholeImageDecoder.ts');
    const graph = await (await fetch(`/tests/fixtures/tiny-decoders/${script.wholeImageDecoder}.onnx`)).blob();
    return { decoder: await openWholeImageDecoder(runtime, graph) };
  }
  const events: ProgressEvent[] = [];
  const errors: string[] = [];
  const pictures = [];
  let tiles = 0;
  for (const [index, job] of script.jobs.entries()) {
    const controller = new AbortController();
    const onProgress = (event: ProgressEvent) => {
      events.push(event);
      if (event.type === 'tile') tiles += 1;
      if (index === 0 && event.type === 'tile' && tiles === script.abortFirstAtTile) controller.abort();
      if (index === 0 && event.type === 'step' && event.step === script.abortFirstAtStep) controller.abort();
    };
    try {
      const picture = await generate(job, { runtime, model }, { onProgress, signal: controller.signal });
      pictures.push({ ...picture, ...(await inspect(picture.blob)) });
    } catch (error) {
      const { name, message } = error as Error;
      errors.push(name === 'AbortError' ? name : message);
    }
  }
  await runtime.close();
  return { pictures, events, errors };

  async function inspect(blob: Blob) {
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const rgba = Array.from(context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? []);
    const bytes = Array.from(new Uint8Array(await blob.arrayBuffer())).join(' ');
    return { type: blob.type, bytes, rgba, decoded: [bitmap.width, bitmap.height] };
  }
}

/** Peak signal-to-noise ratio of two 8-bit pictures, in dB. */
export function psnr(a: readonly number[], b: readonly number[]): number {
  const squares = a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
  return 10 * Math.log10((255 * 255) / Math.max(squares / a.length, 1e-9));
}

/** A picture to look at: waves of colour, others for each kind. */
export function paintedPicture(widthPx: number, heightPx: number, kind: number): JobPicture {
  const rgba = Uint8ClampedArray.from({ length: 4 * widthPx * heightPx }, (_, i) => {
    const [x, y] = [Math.floor(i / 4) % widthPx, Math.floor(i / 4 / widthPx)];
    return i % 4 === 3 ? 255 : 128 + 127 * Math.sin(kind + (i % 4) + (x * (kind + 1)) / 40 + (y * (11 - kind)) / 50);
  });
  return { widthPx, heightPx, rgba };
}

/** Z-Image and FLUX.2 in a real page: single guesses, and whole pictures. Functions marked so are sent to the page whole. */
import type { Flux2Spec, ZImageSpec } from '../../src/models/spec';
import type { GenerateJob } from '../../src/pipeline/job';
import type { ServedFile } from './replicas';

export interface Script {
  readonly spec: ZImageSpec | Flux2Spec;
  readonly files: readonly ServedFile[];
}

/** Colours that change with the phase. */
interface Shown {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly phase: number;
}

export interface Asked {
  readonly prompt: string;
  readonly sigma: number;
  readonly grid: readonly [height: number, width: number];
  readonly references?: readonly Shown[];
}

interface Guess {
  /** x, [1, C, h, w]: the same for one grid. */
  readonly noisy: readonly number[];
  /** D(x, sigma) */
  readonly clean: readonly number[];
  readonly truncatedTokens: number;
  /** Of four steps on this grid. */
  readonly levels: readonly number[];
}

/** Runs in the page. */
export async function guessInPage({ spec, files, asked }: Script & { readonly asked: readonly Asked[] }) {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { openFamily } = await import('/src/pipeline/loadPublished.ts');
  const { Enlarger } = await import('/src/families/shared/enlarger.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device: 'wasm', tensors: 'cpu', runtimeUrl, verbose: false });
  const urls = new Map(files);
  const model = await openFamily(
    { id: 'replica', revision: '', spec, files: new Map(), clipMergesUrl: '', memory: 'resident' },
    {
      runtime,
      memory: 'resident',
      enlarger: new Enlarger(runtime, { graph: new Blob(), receptiveFieldPx: 0, largestBufferBytesPerPx: 1 }),
      file: async (path) => (await fetch(urls.get(path) ?? '')).blob(),
    },
  );
  const guesses: Guess[] = [];
  for (const { prompt, sigma, grid, references = [] } of asked) {
    const [height, width] = grid;
    const noisy = Float32Array.from({ length: model.latentChannels * height * width }, (_, i) => {
      return 1.4 * Math.sin(i * i * 0.37 + 1);
    });
    const pictures = references.map(painted).map((picture) => {
      const show = () => picture;
      return { bounded: show, inside: show, inPlace: show };
    });
    const request = { prompt, negativePrompt: null, guidance: null, checkpoint: async () => {} };
    const encoded = await model.encodePrompt({ ...request, references: pictures });
    const conditioning = await model.condition(encoded, { latentHeight: height, latentWidth: width }, async () => {});
    const latent = runtime.float32(noisy, [1, model.latentChannels, height, width]);
    const clean = Array.from(await runtime.read(await model.denoise(latent, sigma, conditioning)));
    const levels = model.sigmas(4, { latentHeight: height, latentWidth: width });
    guesses.push({ noisy: Array.from(noisy), clean, truncatedTokens: encoded.truncatedTokens, levels });
  }
  await runtime.close();
  return guesses;

  function painted({ widthPx, heightPx, phase }: Shown) {
    const area = widthPx * heightPx;
    const planes = Float32Array.from({ length: 3 * area }, (_, i) => {
      const [x, y] = [i % widthPx, Math.floor(i / widthPx) % heightPx];
      return 0.5 + 0.5 * Math.sin(phase + x / 9 + (Math.floor(i / area) * y) / 7);
    });
    return { widthPx, heightPx, planes };
  }
}

interface Drawn {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly tiles: number;
  /** Against the first one, which is infinitely like itself; NaN where the sizes differ. */
  readonly likenessDb: number;
  /** Of its red, green and blue, 0 … 255. */
  readonly deviation: number;
}

/** Runs in the page: the pipeline without its worker. */
export async function drawInPage({ spec, files, jobs }: Script & { readonly jobs: readonly GenerateJob[] }) {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { openFamily } = await import('/src/pipeline/loadPublished.ts');
  const { generate } = await import('/src/pipeline/generate.ts');
  const { Enlarger } = await import('/src/families/shared/enlarger.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device: 'wasm', tensors: 'cpu', runtimeUrl, verbose: false });
  const urls = new Map(files);
  const model = await openFamily(
    { id: 'replica', revision: '', spec, files: new Map(), clipMergesUrl: '', memory: 'staged' },
    {
      runtime,
      memory: 'staged',
      enlarger: new Enlarger(runtime, { graph: new Blob(), receptiveFieldPx: 0, largestBufferBytesPerPx: 1 }),
      file: async (path) => (await fetch(urls.get(path) ?? '')).blob(),
    },
  );
  // As on a large GPU: tiles are as long as the job lets them be.
  Object.assign(model, { largestBufferBytesPerPx: 1 });
  const pictures: Uint8ClampedArray[] = [];
  const drawn: Drawn[] = [];
  for (const job of jobs) {
    const options = { onProgress: () => {}, signal: new AbortController().signal };
    const { blob, plan, widthPx, heightPx } = await generate(job, { runtime, model }, options);
    const pixels = await pixelsOf(blob);
    pictures.push(pixels);
    const likenessDb = psnrDb(pixels, pictures[0] ?? pixels);
    drawn.push({ widthPx, heightPx, tiles: plan.columns * plan.rows, likenessDb, deviation: deviationOf(pixels) });
  }
  await runtime.close();
  return drawn;

  async function pixelsOf(blob: Blob): Promise<Uint8ClampedArray> {
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const rgba = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray();
    return rgba.filter((_, i) => i % 4 !== 3);
  }

  function psnrDb(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
    if (a.length !== b.length) return Number.NaN;
    const squares = a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
    return 10 * Math.log10(255 ** 2 / Math.max(squares / a.length, 1e-9));
  }

  function deviationOf(values: Uint8ClampedArray): number {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  }
}

/** The largest difference, in deviations of what is expected. */
export function furthest(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.NaN;
  const deviation = Math.sqrt(expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)))) / deviation;
}

/** A file for the page that was never written. */
export function dataUrl(bytes: Uint8Array): string {
  return `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`;
}

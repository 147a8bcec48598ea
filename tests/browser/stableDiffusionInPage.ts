/** The Stable Diffusion family in a real page, asked for single guesses. Functions marked so are sent to the page whole. */
import type { StableDiffusionSpec } from '../../src/models/spec';
import type { ServedFile } from './replicas';

export interface Script {
  readonly spec: StableDiffusionSpec;
  readonly files: readonly ServedFile[];
  readonly sigma: number;
  /** Texts to guess for. */
  readonly asked?: readonly { readonly prompt: string; readonly negativePrompt?: string; readonly guidance?: number }[];
  /** To be encoded: rows of RGB, base64. */
  readonly picture?: {
    readonly dims: readonly [height: number, width: number, channels: number];
    readonly uint8: string;
  };
}

export interface Told {
  /** Of one and the same noise: D(x, sigma), [1, 4, 8, 8]. */
  readonly guesses: readonly { readonly clean: readonly number[]; readonly truncatedTokens: number }[];
  /** The picture's, found twice. */
  readonly latents: readonly (readonly number[])[];
  /** Of the finished picture, as this device paints it. */
  readonly largestTilePx: number;
}

/** Runs in the page. */
export async function askInPage({ spec, files, sigma, asked = [], picture }: Script): Promise<Told> {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { openStableDiffusion } = await import('/src/families/stable-diffusion/stableDiffusion.ts');
  const { Enlarger } = await import('/src/families/shared/enlarger.ts');
  const { tileLimits } = await import('/src/pipeline/tilePlan.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device: 'wasm', tensors: 'cpu', runtimeUrl, verbose: false });
  const urls = new Map(files);
  const model = await openStableDiffusion(spec, {
    runtime,
    memory: 'resident',
    enlarger: new Enlarger(runtime, { graph: new Blob(), receptiveFieldPx: 0, largestBufferBytesPerPx: 1 }),
    file: async (path) => (await fetch(urls.get(path) ?? '')).blob(),
    clipMerges: async () => (await fetch('/tokenizers/clip-merges.txt')).text(),
  });
  const noisy = Float32Array.from({ length: 4 * 8 * 8 }, (_, i) => sigma * 1.4 * Math.sin(i * i * 0.37 + 1));
  const latent = runtime.float32(noisy, [1, 4, 8, 8]);
  const guesses = [];
  for (const { prompt, negativePrompt = null, guidance = null } of asked) {
    const request = { prompt, negativePrompt, guidance, references: [], checkpoint: async () => {} };
    const encoded = await model.encodePrompt(request);
    const conditioning = await model.condition(encoded, { latentHeight: 8, latentWidth: 8 }, async () => {});
    const clean = Array.from(await runtime.read(await model.denoise(latent, sigma, conditioning)));
    guesses.push({ clean, truncatedTokens: encoded.truncatedTokens });
  }
  const latents = [];
  for (const pixels of picture ? [planar(picture), planar(picture)] : []) {
    const encoded = await model.encoder?.encode(pixels);
    if (encoded) latents.push(Array.from(await runtime.read(encoded)));
  }
  const { largestTilePx } = tileLimits(runtime, model);
  await runtime.close();
  return { guesses, latents, largestTilePx };

  function planar({ dims: [heightPx, widthPx], uint8 }: NonNullable<Script['picture']>) {
    const area = heightPx * widthPx;
    const pixels = Uint8Array.from(atob(uint8), (character) => character.charCodeAt(0));
    const planes = Float32Array.from({ length: 3 * area }, (_, i) => {
      return (pixels[3 * (i % area) + Math.floor(i / area)] ?? 0) / 255;
    });
    return { widthPx, heightPx, planes };
  }
}

interface Zeros {
  readonly url: string;
  readonly sigma: number;
  /** Of what the UNet attends to, and of the pooled text. */
  readonly memoryWidth: number;
  readonly pooledWidth: number;
}

/** Runs in the page: the guess of a UNet of SDXL that is given zeros for text, fed by hand. */
export async function guessForZeros({ url, sigma, memoryWidth, pooledWidth }: Zeros): Promise<number[]> {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device: 'wasm', tensors: 'cpu', runtimeUrl, verbose: false });
  const graph = await runtime.loadGraph(await (await fetch(url)).blob());
  const noisy = Float32Array.from({ length: 4 * 8 * 8 }, (_, i) => sigma * 1.4 * Math.sin(i * i * 0.37 + 1));
  const half = (values: ArrayLike<number>, dims: readonly number[]) => runtime.tensor('float16', values, dims);
  const zeros = (...dims: number[]) => half(new Float32Array(dims.reduce((size, dim) => size * dim)), dims);
  const seen = noisy.map((value) => value / Math.sqrt(sigma ** 2 + 1));
  const { out_sample } = await graph.run({
    sample: half(seen, [1, 4, 8, 8]),
    timestep: half([999], [1]),
    encoder_hidden_states: zeros(1, 77, memoryWidth),
    text_embeds: zeros(1, pooledWidth),
    time_ids: half([64, 64, 0, 0, 64, 64], [1, 6]),
  });
  const noise = out_sample ? await runtime.read(out_sample) : new Float32Array();
  await runtime.close();
  return Array.from(noisy, (value, i) => value - sigma * (noise[i] ?? Number.NaN));
}

export interface DeviceCount {
  readonly opened: number;
  readonly mostAtOnce: number;
  readonly alive: number;
}

/** Runs before the page's own code: counts the GPU's devices, the only memory of it that can be given back. */
export function countDevices(): void {
  const count = { opened: 0, mostAtOnce: 0, alive: 0 };
  Object.assign(window, { deviceCount: count });
  if (!('gpu' in navigator)) return;
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, ...options) {
    const device = await requestDevice.apply(this, options);
    count.opened += 1;
    count.alive += 1;
    count.mostAtOnce = Math.max(count.mostAtOnce, count.alive);
    void device.lost.then(() => {
      count.alive -= 1;
    });
    return device;
  };
}

/** Runs in the page. */
export function devicesInPage(): DeviceCount {
  return Reflect.get(window, 'deviceCount');
}

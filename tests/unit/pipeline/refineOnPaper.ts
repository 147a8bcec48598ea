/** A refinement on paper: real tensors, each counted, and a denoiser that is a formula. */
import { Tensor } from 'onnxruntime-web';
import { flowMatchSigmas } from '../../../src/diffusion/schedule';
import type { EncodedPrompt } from '../../../src/families/family';
import { type RefineContext, type RefineOptions, refineLatent } from '../../../src/pipeline/refine';
import type { Latent } from '../diffusion/latents';

export interface Setting {
  /** A window's clean latent, guessed. */
  readonly denoiser: (window: Latent, sigma: number) => Float32Array;
  readonly seed?: number;
  readonly shift?: number;
  /** Called with the number of the checkpoint, from 1. */
  readonly onCheckpoint?: (count: number) => void;
}

/** All that a refinement leaves behind, in whatever way it ends. */
export interface Trace {
  readonly fractions: number[];
  /** Sizes that were conditioned, one entry a call. */
  readonly conditioned: string[];
  /** Tensors on the device that nobody freed. */
  readonly alive: Set<Tensor>;
  readonly prompt: EncodedPrompt;
}

export function newTrace(): Trace {
  const alive = new Set<Tensor>();
  const prompt = { tensors: { memory: counted(alive, [1, 1, 1]) }, guidance: 1, truncatedTokens: 0 };
  return { fractions: [], conditioned: [], alive, prompt };
}

/** The refined latent; `trace` is filled in even if it fails. */
export async function refineOnPaper(
  base: Latent,
  options: RefineOptions,
  { trace = newTrace(), ...setting }: Setting & { readonly trace?: Trace },
): Promise<Float32Array> {
  const { channels, height, width } = base.shape;
  const tensor = new Tensor('float32', base.values.slice(), [1, channels, height, width]);
  const refined = await refineLatent(contextOf(setting, trace), tensor, options);
  const values = Float32Array.from(refined.data as Float32Array);
  refined.dispose();
  return values;
}

function contextOf(setting: Setting, trace: Trace): RefineContext {
  let checkpoints = 0;
  return {
    prompt: trace.prompt,
    seed: setting.seed ?? 7,
    report: (fraction) => trace.fractions.push(fraction),
    checkpoint: async () => setting.onCheckpoint?.(++checkpoints),
    runtime: {
      float32: (data, dims) => new Tensor('float32', data, dims),
      toDevice: (tensor) => counted(trace.alive, tensor.dims, tensor.data as Float32Array),
      read: async (tensor) => (await tensor.getData()) as Float32Array,
    },
    model: modelOf(setting, trace),
  };
}

function modelOf({ denoiser, shift = 1 }: Setting, { alive, conditioned }: Trace): RefineContext['model'] {
  return {
    noising: 'flow',
    fixedGrid: null,
    sigmas: (steps) => flowMatchSigmas(steps, shift),
    condition: async ({ tensors }, { latentHeight, latentWidth }) => {
      conditioned.push(`${latentHeight}x${latentWidth}`);
      return { tensors: { ...tensors, canvas: counted(alive, [1, 1, latentHeight, latentWidth]) }, guidance: 1 };
    },
    denoise: async (latent, sigma, { tensors: { memory, canvas } }) => {
      const [, channels = 0, height = 0, width = 0] = latent.dims;
      // Reading what was freed too early throws; a conditioning of another size is no use to a real graph.
      if (memory?.data.length !== 1 || canvas?.data.length !== height * width)
        throw new Error('The conditioning is wrong.');
      const values = denoiser({ values: latent.data as Float32Array, shape: { channels, height, width } }, sigma);
      return counted(alive, latent.dims, values);
    },
  };
}

function counted(alive: Set<Tensor>, dims: readonly number[], values?: Float32Array): Tensor {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const tensor = new Tensor('float32', values?.slice() ?? new Float32Array(size), dims);
  const dispose = tensor.dispose.bind(tensor);
  tensor.dispose = () => {
    alive.delete(tensor);
    dispose();
  };
  alive.add(tensor);
  return tensor;
}

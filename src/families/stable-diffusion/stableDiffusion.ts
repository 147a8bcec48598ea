/**
 * Stable Diffusion and what was distilled from it: CLIP's tokens -> text memory -> UNet -> KL or tiny autoencoder. Exports
 * differ in names, types, batch and size; all of that is read from the loaded graphs.
 */
import { betaSigmas, timestepOf } from '../../diffusion/betaSchedule';
import type { SamplerName } from '../../diffusion/samplers';
import type { Doubling } from '../../diffusion/tiles';
import type { StableDiffusionSpec } from '../../models/spec';
import type { Tensor } from '../../runtime/session';
import type { Conditioning, EncodedPrompt, Family, LatentDecoder, LatentGrid, PromptRequest } from '../family';
import { openClipTokenizer, type Tokenize } from '../shared/clipTokenizer';
import type { Enlarger } from '../shared/enlarger';
import { GraphShelf, type ModelFiles } from '../shared/graphShelf';
import { fixedGridOf } from '../shared/grids';
import { openPixelEncoder, type PixelEncoder } from '../shared/pixelEncoder';
import { openPublishedDecoder } from '../shared/publishedDecoder';
import { cleanLatent } from './guidance';
import { predictNoise } from './noisePrediction';
import { encodeText } from './textMemory';
import { withoutNoise } from './withoutNoise';

export interface StableDiffusionFiles extends ModelFiles {
  readonly enlarger: Enlarger;
  /** Merges of CLIP's tokenizer, which all models of this family share. */
  readonly clipMerges: () => Promise<string>;
}

/** Pixels of a cell's side. */
const CELL_PX = 8;
const CHANNELS = 4;

/** Three times the UNet halves its grid; refined in the size of its training. */
const WINDOWS = { tileCells: 64, overlapCells: 16, gridMultiple: 8 };

/**
 * The widest activations of the KL decoder: 256 channels of 32 bits at full size, and twice that where a convolution is
 * unfolded before it is multiplied.
 */
const DECODER_BYTES_PER_PX = 2048;

export async function openStableDiffusion(spec: StableDiffusionSpec, files: StableDiffusionFiles): Promise<Family> {
  const shelf = new GraphShelf(files);
  const tokenize = openClipTokenizer(await files.clipMerges());
  const fixedGrid = fixedGridOf(await shelf.inputs(spec.unet));
  const latent = { scale: 1 / spec.latentScale, offset: 0 };
  const decoder = await openPublishedDecoder(shelf, { file: spec.decoder, latent, pxPerCell: CELL_PX });
  // A graph of one size needs what it needs, however small the tiles are.
  const decoderBytesPerPx = fixedGridOf(await shelf.inputs(spec.decoder)) ? 0 : DECODER_BYTES_PER_PX;
  const encoding = { scale: spec.latentScale, channels: CHANNELS, rewrite: withoutNoise };
  const encoder = spec.encoder && openPixelEncoder(files.runtime, shelf, { file: spec.encoder, ...encoding });
  return new StableDiffusion({ spec, files, shelf, tokenize, fixedGrid, decoder, decoderBytesPerPx, encoder });
}

interface Parts {
  readonly spec: StableDiffusionSpec;
  readonly files: StableDiffusionFiles;
  readonly shelf: GraphShelf;
  readonly tokenize: Tokenize;
  /** The only size that the UNet runs on. */
  readonly fixedGrid: LatentGrid | null;
  readonly decoder: LatentDecoder;
  readonly decoderBytesPerPx: number;
  readonly encoder: PixelEncoder | null;
}

class StableDiffusion implements Family {
  readonly latentChannels = CHANNELS;
  readonly noising = 'exploding';
  readonly windows = WINDOWS;
  readonly sampler: SamplerName;
  readonly fixedGrid: LatentGrid | null;
  readonly decoder: LatentDecoder;
  readonly encoder: PixelEncoder | null;
  readonly canPreview: boolean;
  readonly largestBufferBytesPerPx: number;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    const { spec, files, fixedGrid, decoder, decoderBytesPerPx, encoder } = parts;
    this.#parts = parts;
    this.sampler = spec.sampler;
    this.fixedGrid = fixedGrid;
    this.decoder = decoder;
    this.encoder = encoder;
    this.canPreview = files.memory === 'resident';
    this.largestBufferBytesPerPx = Math.max(decoderBytesPerPx, files.enlarger.largestBufferBytesPerPx);
  }

  sigmas(steps: number): number[] {
    const { spacing, sampler } = this.#parts.spec;
    return betaSigmas(steps, spacing, sampler);
  }

  /**
   * Samplers whose authors scale the whole latent start from noise of deviation 1 on that scale; Euler's from noise of
   * the first level, except where a schedule leaves the last timesteps out (as diffusers has it).
   */
  noiseScale(sigma: number): number {
    const { sampler, spacing } = this.#parts.spec;
    const isEulers = sampler.startsWith('euler') || sampler === 'heun';
    return isEulers && (spacing === 'linspace' || spacing === 'trailing') ? sigma : Math.sqrt(sigma ** 2 + 1);
  }

  async encodePrompt({ prompt, negativePrompt, guidance }: PromptRequest): Promise<EncodedPrompt> {
    const { spec, files, shelf, tokenize } = this.#parts;
    // As diffusers has it: what is less than 1 does not guide.
    const scale = Math.max(1, guidance ?? 1);
    const { ids, truncatedTokens } = tokenize(prompt);
    // At a scale of 1 what the picture is steered away from has no weight.
    const negative = scale === 1 ? null : this.#negative(negativePrompt);
    const tensors = await encodeText(files.runtime, shelf, { spec, prompt: ids, negative });
    return { tensors, guidance: scale, truncatedTokens };
  }

  /** Only SDXL is told the size of the picture. */
  async condition({ tensors, guidance }: EncodedPrompt, grid: LatentGrid): Promise<Conditioning> {
    const [heightPx, widthPx] = [grid.latentHeight * CELL_PX, grid.latentWidth * CELL_PX];
    const sizes = Float32Array.of(heightPx, widthPx, 0, 0, heightPx, widthPx);
    const time_ids = this.#parts.files.runtime.float32(sizes, [1, sizes.length]);
    return { tensors: { ...tensors, time_ids }, guidance };
  }

  async denoise(latent: Tensor, sigma: number, { tensors, guidance }: Conditioning): Promise<Tensor> {
    const { spec, files, shelf } = this.#parts;
    const { runtime } = files;
    const { graph } = await shelf.take(spec.unet);
    const step = { latent, sigma, timestep: timestepOf(sigma, spec.spacing, spec.sampler), tensors };
    const predictions = await predictNoise(runtime, graph, { ...step, isGuided: guidance !== 1 });
    const noisy = await runtime.read(latent);
    const { prediction } = spec;
    return runtime.float32(cleanLatent({ noisy, sigma, predictions, guidance, prediction }), latent.dims);
  }

  enlarge(image: Tensor): Promise<Tensor> {
    return this.#parts.files.enlarger.enlarge(image);
  }

  doubling(): Doubling {
    return this.#parts.files.enlarger.doubling;
  }

  settle(): Promise<void> {
    return this.#parts.shelf.settle();
  }

  /** SDXL was trained with zeros where there is no text; all others with a text of no words. */
  #negative(prompt: string | null): readonly number[] | 'zeros' {
    const { spec, tokenize } = this.#parts;
    return prompt === null && spec.textEncoders.length > 1 ? 'zeros' : tokenize(prompt ?? '').ids;
  }
}

/**
 * Pocket: tokens -> text memory, which pictures to look at join -> prior latent, where things will be (their frames,
 * decisions/018) and in which style (decisions/019) -> denoiser -> decoder -> restoring doubling -> super-resolution.
 * The picture to start from is also given as a latent in the drawing's own grid.
 */
import { ApiError } from '../../api/errors';
import { patchPositions } from '../../diffusion/plan';
import { flowMatchSigmas } from '../../diffusion/schedule';
import type { Doubling } from '../../diffusion/tiles';
import type { Runtime, Tensor } from '../../runtime/session';
import { TensorScope } from '../../runtime/tensorScope';
import type { Conditioning, EncodedPrompt, Family, LatentDecoder, LatentGrid, PromptRequest } from '../family';
import { type PocketConfig, readConfig } from './config';
import { PocketGraphs } from './graphs';
import { type LookingParts, lookAt, mixInPlace } from './looking';
import { openTokenizer, type Tokens } from './tokenizer';

export async function loadPocket(
  runtime: Runtime,
  file: (path: string) => Promise<Blob>,
  onLoaded: (fraction: number) => void,
): Promise<Family> {
  const config = await readConfig(await file('config.json'));
  const tokenize = await openTokenizer(
    await file('tokenizer.json'),
    await file('tokenizer_config.json'),
    config.maxTokens,
  );
  const graphs = new PocketGraphs(runtime, file);
  await graphs.open(onLoaded);
  return new Pocket(runtime, { config, tokenize, graphs });
}

/** The grid of its training, and how far a picture's shapes reach over a border. */
const WINDOWS = { tileCells: 16, overlapCells: 4, gridMultiple: 2 };

interface Parts {
  readonly config: PocketConfig;
  readonly tokenize: (prompt: string) => Tokens;
  readonly graphs: PocketGraphs;
}

class Pocket implements Family {
  readonly noising = 'flow';
  readonly sampler = 'euler';
  readonly fixedGrid = null;
  readonly encoder = null;
  readonly canPreview = true;
  readonly windows = WINDOWS;
  readonly latentChannels: number;
  readonly decoder: LatentDecoder;
  readonly largestBufferBytesPerPx: number;

  constructor(
    readonly runtime: Runtime,
    readonly parts: Parts,
  ) {
    const { config, graphs } = parts;
    this.latentChannels = config.latentChannels;
    this.largestBufferBytesPerPx = config.largestBufferBytesPerPx;
    // Plain convolutions: nothing in the decoder sees the whole picture.
    this.decoder = {
      haloCells: config.decoder.receptiveFieldCells,
      isExact: true,
      survey: async () => ({}),
      decode: (window) => graphs.run('decoder', { latent: window }),
    };
  }

  sigmas(steps: number): number[] {
    return flowMatchSigmas(steps, this.parts.config.shift);
  }

  noiseScale(sigma: number): number {
    return sigma;
  }

  async encodePrompt({ prompt, references, checkpoint }: PromptRequest): Promise<EncodedPrompt> {
    const { tokenize, graphs } = this.parts;
    this.#refuseTooMany(references.length);
    const { ids, truncatedTokens } = tokenize(prompt);
    const text = await graphs.run('text_encoder', { input_ids: this.runtime.int64(ids, [1, ids.length]) });
    if (references.length === 0) return { tensors: { memory: text }, guidance: 1, truncatedTokens };
    try {
      const { memory, mix } = await lookAt({ references, checkpoint }, text, this.#looking);
      return { tensors: { memory }, mix, guidance: 1, truncatedTokens };
    } finally {
      text.dispose();
    }
  }

  async condition(
    { tensors: { memory }, mix = [] }: EncodedPrompt,
    grid: LatentGrid,
    checkpoint: () => Promise<void>,
  ): Promise<Conditioning> {
    if (!memory) throw new TypeError('The prompt was not encoded by this model.');
    const places = patchPositions(grid.latentHeight, grid.latentWidth);
    const made = new TensorScope();
    try {
      const reference = made.keep(await mixInPlace({ mix, grid, checkpoint }, this.#looking));
      const positions = made.keep(this.#onDevice(places, [1, places.length / 2, 2]));
      const [prior, frames, style] = await this.parts.graphs.runAll('prior', { memory, positions, reference });
      if (!prior || !frames || !style) throw new TypeError('Graph prior gave no prior, no frames, or no style.');
      return { tensors: { memory, prior, frames, style, reference, positions }, guidance: 1 };
    } catch (error) {
      made.freeAll();
      throw error;
    }
  }

  async denoise(latent: Tensor, sigma: number, conditioning: Conditioning): Promise<Tensor> {
    return this.parts.graphs.run('denoiser', {
      latent,
      sigma: this.runtime.float32(Float32Array.of(sigma), [1]),
      ...conditioning.tensors,
    });
  }

  /** The first doubling also sharpens what the decoder leaves soft; the others meet sharp pictures. */
  async enlarge(image: Tensor, pass: number): Promise<Tensor> {
    return this.parts.graphs.run(pass === 0 ? 'restore' : 'super_resolution', { image });
  }

  doubling(pass: number): Doubling {
    const { restore, superResolution } = this.parts.config;
    if (pass === 0) return { contextPx: restore.receptiveFieldPx, multiple: restore.multiplePx };
    return { contextPx: superResolution.receptiveFieldPx, multiple: 1 };
  }

  /** Its graphs stay loaded: they are small. */
  async settle(): Promise<void> {}

  get #looking(): LookingParts {
    return { runtime: this.runtime, ...this.parts };
  }

  #refuseTooMany(count: number): void {
    const { most } = this.parts.config.references;
    if (count <= most) return;
    throw new ApiError('invalid_parameter', `Pocket looks at ${most} pictures at most; these are ${count}.`, 'images');
  }

  #onDevice(values: Float32Array, dims: readonly number[]): Tensor {
    return this.runtime.toDevice(this.runtime.float32(values, dims));
  }
}

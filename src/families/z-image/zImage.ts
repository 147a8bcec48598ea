/**
 * Z-Image-Turbo: Qwen 3's tokens -> text memory -> transformer -> KL autoencoder. Both published bundles: one with 32-bit
 * floats and a dimension for frames, one with 16-bit floats without.
 */
import { twiceShiftedSigmas } from '../../diffusion/schedule';
import type { Doubling } from '../../diffusion/tiles';
import type { ZImageSpec } from '../../models/spec';
import type { Tensor } from '../../runtime/session';
import type { Conditioning, EncodedPrompt, Family, LatentDecoder, PromptRequest } from '../family';
import type { Tokenize } from '../shared/clipTokenizer';
import type { Enlarger } from '../shared/enlarger';
import { inputOf, readTensor } from '../shared/feeds';
import { GraphShelf, type ModelFiles } from '../shared/graphShelf';
import { openPublishedDecoder } from '../shared/publishedDecoder';
import { openQwenTokenizer } from '../shared/qwenTokenizer';

export interface ZImageFiles extends ModelFiles {
  readonly enlarger: Enlarger;
}

const CELL_PX = 8;
const CHANNELS = 16;

/** Patches of 2 x 2 cells; it was trained on pictures of 1,024 pixels. */
const WINDOWS = { tileCells: 128, overlapCells: 32, gridMultiple: 2 };

/** As the KL decoder of Stable Diffusion, whose shape it has. */
const DECODER_BYTES_PER_PX = 2048;

export async function openZImage(spec: ZImageSpec, files: ZImageFiles): Promise<Family> {
  const shelf = new GraphShelf(files);
  const tokenize = await openQwenTokenizer({
    tokenizer: await files.file(spec.tokenizer.path),
    maxTokens: spec.tokenizer.maxTokens,
    thinking: true,
  });
  const latent = { scale: 1 / spec.latentScale, offset: spec.latentShift };
  const decoder = await openPublishedDecoder(shelf, { file: spec.decoder, latent, pxPerCell: CELL_PX });
  return new ZImage({ spec, files, shelf, tokenize, decoder });
}

interface Parts {
  readonly spec: ZImageSpec;
  readonly files: ZImageFiles;
  readonly shelf: GraphShelf;
  readonly tokenize: Tokenize;
  readonly decoder: LatentDecoder;
}

class ZImage implements Family {
  readonly latentChannels = CHANNELS;
  readonly noising = 'flow';
  readonly sampler = 'euler';
  readonly fixedGrid = null;
  readonly encoder = null;
  readonly windows = WINDOWS;
  readonly decoder: LatentDecoder;
  readonly canPreview: boolean;
  readonly largestBufferBytesPerPx: number;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.decoder = parts.decoder;
    this.canPreview = parts.files.memory === 'resident';
    this.largestBufferBytesPerPx = Math.max(DECODER_BYTES_PER_PX, parts.files.enlarger.largestBufferBytesPerPx);
  }

  sigmas(steps: number): number[] {
    return twiceShiftedSigmas(steps, this.#parts.spec.shift);
  }

  noiseScale(sigma: number): number {
    return sigma;
  }

  async encodePrompt({ prompt }: PromptRequest): Promise<EncodedPrompt> {
    const { spec, files, shelf, tokenize } = this.#parts;
    const { ids, truncatedTokens } = tokenize(prompt);
    const dims = [1, ids.length];
    const memory = await shelf.run(spec.textEncoder, {
      input_ids: { values: Float32Array.from(ids), dims },
      attention_mask: { values: new Float32Array(ids.length).fill(1), dims },
    });
    return { tensors: { memory: files.runtime.float32(memory.values, memory.dims) }, guidance: 1, truncatedTokens };
  }

  async condition({ tensors, guidance }: EncodedPrompt): Promise<Conditioning> {
    return { tensors, guidance };
  }

  /** The graph predicts from the clean picture to the noise's opposite, at a time that runs from 0 to 1. */
  async denoise(latent: Tensor, sigma: number, { tensors }: Conditioning): Promise<Tensor> {
    const { spec, files, shelf } = this.#parts;
    const { runtime } = files;
    if (!tensors.memory) throw new TypeError('The prompt was not encoded by this model.');
    const { graph } = await shelf.take(spec.transformer);
    const { values, dims } = await readTensor(runtime, latent);
    const [batch = 1, channels = 0, ...grid] = dims;
    const hasFrames = inputOf(graph, 'hidden_states').dims.length === 5;
    const predicted = await shelf.run(spec.transformer, {
      hidden_states: { values, dims: hasFrames ? [batch, channels, 1, ...grid] : dims },
      timestep: { values: Float32Array.of(this.#timeOf(sigma)), dims: [1] },
      encoder_hidden_states: await readTensor(runtime, tensors.memory),
    });
    // D = x - sigma v, and the graph gives -v.
    const clean = Float32Array.from(values, (x, i) => x + sigma * (predicted.values[i] ?? Number.NaN));
    return runtime.float32(clean, dims);
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

  /** The authors ask for the last step, which is a hair above no noise, as if it had none. */
  #timeOf(sigma: number): number {
    const least = twiceShiftedSigmas(2, this.#parts.spec.shift)[1] ?? 0;
    return sigma <= least * (1 + 1e-6) ? 1 : 1 - sigma;
  }
}

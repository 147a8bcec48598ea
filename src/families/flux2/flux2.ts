/**
 * FLUX.2-klein: Qwen 3's tokens -> text memory -> transformer over tokens of the picture and of its references -> KL
 * autoencoder. A cell of its latent is a patch of 2 x 2 cells of the autoencoder's, 16 pixels a side.
 */
import { ApiError } from '../../api/errors';
import { dynamicallyShiftedSigmas, empiricallyShiftedSigmas } from '../../diffusion/schedule';
import type { Doubling } from '../../diffusion/tiles';
import type { Flux2Spec } from '../../models/spec';
import type { Tensor } from '../../runtime/session';
import type { Conditioning, EncodedPrompt, Family, LatentDecoder, LatentGrid, PromptRequest } from '../family';
import type { Tokenize } from '../shared/clipTokenizer';
import type { Enlarger } from '../shared/enlarger';
import { readTensor, type Values } from '../shared/feeds';
import { GraphShelf, type ModelFiles } from '../shared/graphShelf';
import { openPixelEncoder, type PixelEncoder } from '../shared/pixelEncoder';
import { openQwenTokenizer } from '../shared/qwenTokenizer';
import { CELL_PX, CHANNELS, openPackedDecoder, refuseUnpacked } from './packedLatent';
import { gridPlaces, joinTokens, referencePlaces, textPlaces, toGrid, toTokens } from './tokens';

export interface Flux2Files extends ModelFiles {
  readonly enlarger: Enlarger;
}

/** What texts are filled up to. */
const TEXT_TOKENS = 512;
const PAD_TOKEN = 151643;

/** It was trained on pictures of 1,024 pixels. */
const WINDOWS = { tileCells: 64, overlapCells: 16, gridMultiple: 1 };

/** As the KL decoder of Stable Diffusion, whose shape it has. */
const DECODER_BYTES_PER_PX = 2048;

export async function openFlux2(spec: Flux2Spec, files: Flux2Files): Promise<Family> {
  const shelf = new GraphShelf(files);
  const tokenize = await openQwenTokenizer({
    tokenizer: await files.file(spec.tokenizer.path),
    maxTokens: spec.tokenizer.maxTokens,
    thinking: false,
  });
  const decoder = await openPackedDecoder(shelf, spec.decoder);
  const encoder = spec.encoder && openPixelEncoder(files.runtime, shelf, { file: spec.encoder, scale: 1 });
  return new Flux2({ spec, files, shelf, tokenize, decoder, encoder });
}

type LookedAt = Pick<PromptRequest, 'references' | 'checkpoint'>;

interface Parts {
  readonly spec: Flux2Spec;
  readonly files: Flux2Files;
  readonly shelf: GraphShelf;
  readonly tokenize: Tokenize;
  readonly decoder: LatentDecoder;
  readonly encoder: PixelEncoder | null;
}

class Flux2 implements Family {
  readonly latentChannels = CHANNELS;
  readonly noising = 'flow';
  readonly sampler = 'euler';
  readonly fixedGrid = null;
  /** Pictures are looked at, not started from. */
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

  sigmas(steps: number, { latentHeight, latentWidth }: LatentGrid): number[] {
    const { shift } = this.#parts.spec;
    const tokens = latentHeight * latentWidth;
    if (shift === 'empirical') return empiricallyShiftedSigmas(steps, tokens);
    return dynamicallyShiftedSigmas(steps, tokens, shift);
  }

  noiseScale(sigma: number): number {
    return sigma;
  }

  async encodePrompt({ prompt, references, checkpoint }: PromptRequest): Promise<EncodedPrompt> {
    const { files, encoder, tokenize } = this.#parts;
    const { runtime } = files;
    if (references.length > 0 && !encoder) throw blind();
    const { ids, truncatedTokens } = tokenize(prompt);
    const memory = await this.#encodeText(ids);
    const isLooking = encoder && references.length > 0;
    const seen = isLooking ? await this.#encodeReferences(encoder, { references, checkpoint }) : null;
    return {
      tensors: {
        memory: runtime.float32(memory.values, memory.dims),
        ...(seen && {
          references: runtime.float32(seen.tokens.values, seen.tokens.dims),
          referencePlaces: runtime.float32(seen.places.values, seen.places.dims),
        }),
      },
      guidance: 1,
      truncatedTokens,
    };
  }

  async condition({ tensors, guidance }: EncodedPrompt): Promise<Conditioning> {
    return { tensors, guidance };
  }

  async denoise(latent: Tensor, sigma: number, { tensors }: Conditioning): Promise<Tensor> {
    const { spec, files, shelf } = this.#parts;
    const { runtime } = files;
    const noisy = await readTensor(runtime, latent);
    const [, , height = 0, width = 0] = noisy.dims;
    const read = async (tensor: Tensor | undefined) => (tensor ? [await readTensor(runtime, tensor)] : []);
    const [memory] = await read(tensors.memory);
    if (!memory) throw new TypeError('The prompt was not encoded by this model.');
    const predicted = await shelf.run(spec.transformer, {
      hidden_states: joinTokens([toTokens(noisy), ...(await read(tensors.references))]),
      encoder_hidden_states: memory,
      timestep: { values: Float32Array.of(sigma), dims: [1] },
      img_ids: joinTokens([gridPlaces(height, width), ...(await read(tensors.referencePlaces))]),
      txt_ids: textPlaces(memory.dims[1] ?? 0),
    });
    // The tokens of the references come back too; the picture's own are the first.
    const velocity = toGrid(predicted, { channels: CHANNELS, height, width });
    const clean = Float32Array.from(noisy.values, (x, i) => x - sigma * (velocity[i] ?? Number.NaN));
    return runtime.float32(clean, noisy.dims);
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

  async #encodeText(ids: readonly number[]): Promise<Values> {
    const { spec, shelf } = this.#parts;
    const dims = [1, TEXT_TOKENS];
    const filled = Float32Array.from({ length: TEXT_TOKENS }, (_, i) => ids[i] ?? PAD_TOKEN);
    const mask = Float32Array.from({ length: TEXT_TOKENS }, (_, i) => (i < ids.length ? 1 : 0));
    return shelf.run(spec.textEncoder, { input_ids: { values: filled, dims }, attention_mask: { values: mask, dims } });
  }

  async #encodeReferences(encoder: PixelEncoder, { references, checkpoint }: LookedAt) {
    const tokens: Values[] = [];
    const places: Values[] = [];
    for (const [index, reference] of references.entries()) {
      await checkpoint();
      const latent = await readTensor(this.#parts.files.runtime, await encoder.encode(reference.bounded(CELL_PX)));
      const [, channels = 0, height = 0, width = 0] = latent.dims;
      refuseUnpacked(channels, 'encoder');
      tokens.push(toTokens(latent));
      places.push(referencePlaces(index, { height, width }));
    }
    return { tokens: joinTokens(tokens), places: joinTokens(places) };
  }
}

function blind(): ApiError {
  const message = 'This model was published without the graph that looks at pictures. Ask without pictures.';
  return new ApiError('invalid_parameter', message, 'images');
}

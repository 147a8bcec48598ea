/** Pocket: tokens -> text memory -> prior latent -> denoiser -> decoder -> restoring doubling -> super-resolution. */
import { patchPositions } from '../../diffusion/plan';
import { flowMatchSigmas } from '../../diffusion/schedule';
import type { Doubling } from '../../diffusion/tiles';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import type { Conditioning, EncodedPrompt, Family, LatentDecoder, LatentGrid, PromptRequest } from '../family';
import { type PocketConfig, readConfig } from './config';
import { openTokenizer, type Tokens } from './tokenizer';

const GRAPHS = ['text_encoder', 'prior', 'denoiser', 'decoder', 'restore', 'super_resolution'] as const;
type GraphName = (typeof GRAPHS)[number];

/** Loads all graphs; they stay loaded, since creating and releasing sessions is what leaks. */
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
  const graphs = new Map<GraphName, Graph>();
  for (const name of GRAPHS) {
    graphs.set(name, await runtime.loadGraph(await file(`${name}.onnx`)));
    onLoaded(graphs.size / GRAPHS.length);
  }
  return new Pocket(runtime, { config, tokenize, graphs });
}

/** The grid of its training, and how far a picture's shapes reach over a border. */
const WINDOWS = { tileCells: 16, overlapCells: 4, gridMultiple: 2 };

interface Parts {
  readonly config: PocketConfig;
  readonly tokenize: (prompt: string) => Tokens;
  readonly graphs: ReadonlyMap<GraphName, Graph>;
}

class Pocket implements Family {
  readonly pxPerCell = 8;
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
    const { config } = parts;
    this.latentChannels = config.latentChannels;
    this.largestBufferBytesPerPx = config.largestBufferBytesPerPx;
    // Plain convolutions: nothing in the decoder sees the whole picture.
    this.decoder = {
      haloCells: config.decoder.receptiveFieldCells,
      isExact: true,
      survey: async () => ({}),
      decode: (window) => this.#run('decoder', { latent: window }),
    };
  }

  sigmas(steps: number): number[] {
    return flowMatchSigmas(steps, this.parts.config.shift);
  }

  noiseScale(sigma: number): number {
    return sigma;
  }

  async encodePrompt({ prompt }: PromptRequest): Promise<EncodedPrompt> {
    const { ids, truncatedTokens } = this.parts.tokenize(prompt);
    const memory = await this.#run('text_encoder', { input_ids: this.runtime.int64(ids, [1, ids.length]) });
    return { tensors: { memory }, guidance: 1, truncatedTokens };
  }

  async condition(prompt: EncodedPrompt, grid: LatentGrid): Promise<Conditioning> {
    const { latentHeight, latentWidth } = grid;
    const positions = patchPositions(latentHeight, latentWidth);
    const positionTensor = this.runtime.toDevice(this.runtime.float32(positions, [1, positions.length / 2, 2]));
    const canvas = this.#zeros([1, 1, latentHeight, latentWidth]);
    const { memory } = prompt.tensors;
    if (!memory) throw new TypeError('The prompt was not encoded by this model.');
    const prior = await this.#run('prior', { memory, positions: positionTensor, canvas });
    canvas.dispose();
    const reference = this.#zeros([1, this.latentChannels, latentHeight, latentWidth]);
    return { tensors: { memory, prior, reference, positions: positionTensor }, guidance: 1 };
  }

  async denoise(latent: Tensor, sigma: number, conditioning: Conditioning): Promise<Tensor> {
    return this.#run('denoiser', {
      latent,
      sigma: this.runtime.float32(Float32Array.of(sigma), [1]),
      ...conditioning.tensors,
    });
  }

  /** The first doubling also sharpens what the decoder leaves soft; the others meet sharp pictures. */
  async enlarge(image: Tensor, pass: number): Promise<Tensor> {
    return this.#run(pass === 0 ? 'restore' : 'super_resolution', { image });
  }

  doubling(pass: number): Doubling {
    const { restore, superResolution } = this.parts.config;
    if (pass === 0) return { contextPx: restore.receptiveFieldPx, multiple: restore.multiplePx };
    return { contextPx: superResolution.receptiveFieldPx, multiple: 1 };
  }

  /** Its graphs stay loaded: they are small. */
  async settle(): Promise<void> {}

  #zeros(dims: readonly number[]): Tensor {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return this.runtime.toDevice(this.runtime.float32(new Float32Array(size), dims));
  }

  /** Runs a graph that has one output. */
  async #run(name: GraphName, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor> {
    const graph = this.parts.graphs.get(name);
    const outputs = await graph?.run(feeds);
    const output = outputs?.[graph?.outputNames[0] ?? ''];
    if (!output) throw new TypeError(`Graph ${name} gave no output.`);
    return output;
  }
}

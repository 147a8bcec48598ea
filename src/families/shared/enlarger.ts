/** Doubles the pictures of models that cannot do so themselves, with the super-resolution that Tessera carries. */
import type { Doubling } from '../../diffusion/tiles';
import type { Graph, Runtime, Tensor } from '../../runtime/session';

export interface EnlargerFiles {
  /** Takes `image` [1, 3, h, w] in 0 … 1, gives [1, 3, 2h, 2w]. */
  readonly graph: Blob;
  readonly receptiveFieldPx: number;
  /** The largest single buffer it needs, in bytes per pixel of what it gives. */
  readonly largestBufferBytesPerPx: number;
}

export class Enlarger {
  readonly largestBufferBytesPerPx: number;
  readonly #runtime: Runtime;
  readonly #files: EnlargerFiles;
  #graph: Promise<Graph> | null = null;

  constructor(runtime: Runtime, files: EnlargerFiles) {
    this.#runtime = runtime;
    this.#files = files;
    this.largestBufferBytesPerPx = files.largestBufferBytesPerPx;
  }

  get doubling(): Doubling {
    return { contextPx: this.#files.receptiveFieldPx, multiple: 1 };
  }

  async enlarge(image: Tensor): Promise<Tensor> {
    const graph = await this.#loaded();
    const outputs = await graph.run({ image });
    const output = outputs[graph.outputNames[0] ?? ''];
    if (!output) throw new TypeError('The super-resolution gave no picture.');
    return output;
  }

  /** Loaded once; after a failure the next picture tries again. */
  #loaded(): Promise<Graph> {
    this.#graph ??= this.#runtime.loadGraph(this.#files.graph).catch((error: unknown) => {
      this.#graph = null;
      throw error;
    });
    return this.#graph;
  }
}

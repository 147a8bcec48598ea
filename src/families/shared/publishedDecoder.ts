/** Latents -> pixels through a decoder graph as it was published, loaded when it is needed and let go with its stage. */
import type { GraphFile } from '../../models/spec';
import type { Range } from '../../runtime/onnx/ends';
import { type OpenedGraph, openStatistics } from '../../runtime/onnx/externalStatistics';
import type { Graph, Tensor } from '../../runtime/session';
import type { LatentDecoder, LatentGrid, Survey } from '../family';
import { FixedDecoder } from './fixedDecoder';
import type { GraphShelf } from './graphShelf';
import { fixedGridOf } from './grids';
import { HALO_CELLS, WholeImageDecoder } from './wholeImageDecoder';

/** Published decoders give -1 … 1. */
const PICTURE: Range = { scale: 0.5, offset: 0.5 };

export interface DecoderOptions {
  readonly file: GraphFile;
  /** From the model's latent to what the graph reads. */
  readonly latent: Range;
  readonly pxPerCell: number;
}

export async function openPublishedDecoder(shelf: GraphShelf, options: DecoderOptions): Promise<LatentDecoder> {
  return new PublishedDecoder(shelf, options, fixedGridOf(await shelf.inputs(options.file)));
}

class PublishedDecoder implements LatentDecoder {
  readonly haloCells = HALO_CELLS;
  readonly isExact = false;
  #opened: OpenedGraph | null = null;
  #bound: { readonly graph: Graph; readonly decoder: LatentDecoder } | null = null;

  constructor(
    readonly shelf: GraphShelf,
    readonly options: DecoderOptions,
    /** The only size that the graph runs on; null where it runs on any. */
    readonly fixedGrid: LatentGrid | null,
  ) {}

  async survey(latent: Tensor, options: Parameters<LatentDecoder['survey']>[1]): Promise<Survey> {
    return (await this.#bind()).survey(latent, options);
  }

  async decode(window: Tensor, survey: Survey): Promise<Tensor> {
    return (await this.#bind()).decode(window, survey);
  }

  /** The decoder on the graph as it is loaded now: in staged memory it comes and goes. */
  async #bind(): Promise<LatentDecoder> {
    const { file, latent, pxPerCell } = this.options;
    const { fixedGrid } = this;
    if (fixedGrid) {
      const { stage, graph } = await this.shelf.take(file);
      return new FixedDecoder(stage, graph, { fixedGrid, latent, image: PICTURE, pxPerCell });
    }
    const { stage, graph } = await this.shelf.take(file, {
      rewrite: (bytes) => {
        this.#opened = openStatistics(bytes, { latent, image: PICTURE });
        return this.#opened.file;
      },
    });
    if (!this.#opened) throw new TypeError('The decoder was loaded without being read.');
    if (this.#bound?.graph !== graph) {
      this.#bound = { graph, decoder: new WholeImageDecoder(stage, this.#opened, graph) };
    }
    return this.#bound.decoder;
  }
}

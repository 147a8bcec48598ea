/**
 * A decoder whose graph runs on one size only. Smaller windows are filled up with their own border, larger ones are decoded
 * piece by piece and cross-faded.
 */
import { cutFixedWindows, type LatentWindow } from '../../diffusion/latentWindows';
import type { Range } from '../../runtime/onnx/ends';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import type { LatentDecoder, LatentGrid, Survey } from '../family';
import { feedOf, outputOf, readTensor, type Values } from './feeds';
import { HALO_CELLS } from './wholeImageDecoder';

export interface FixedOptions {
  readonly fixedGrid: LatentGrid;
  readonly latent: Range;
  readonly image: Range;
  readonly pxPerCell: number;
}

/** Pieces share a quarter of their length, which is more than convolutions reach in graphs of 64 cells. */
const SHARED = 4;

export class FixedDecoder implements LatentDecoder {
  readonly haloCells = HALO_CELLS;
  readonly isExact = false;

  constructor(
    readonly runtime: Runtime,
    readonly graph: Graph,
    readonly options: FixedOptions,
  ) {}

  /** Every piece is normalised by its own statistics: a graph of one size can tell of no other. */
  async survey(): Promise<Survey> {
    return {};
  }

  async decode(window: Tensor): Promise<Tensor> {
    const { fixedGrid, pxPerCell } = this.options;
    const latent = await readTensor(this.runtime, window);
    const [, , height = 0, width = 0] = latent.dims;
    const { latentHeight, latentWidth } = fixedGrid;
    const grid = { height: Math.max(height, latentHeight), width: Math.max(width, latentWidth) };
    const overlap = Math.ceil(Math.min(latentHeight, latentWidth) / SHARED);
    const pieces = cutFixedWindows(grid, { height: latentHeight, width: latentWidth, overlap });
    const picture = new Blend(grid.height * pxPerCell, grid.width * pxPerCell);
    for (const piece of pieces) picture.add(await this.#decodePiece(latent, piece), piece, { pxPerCell, overlap });
    const area = { left: 0, top: 0, width: width * pxPerCell, height: height * pxPerCell };
    return this.runtime.crop(this.runtime.float32(picture.values(), [1, 3, picture.height, picture.width]), area);
  }

  async #decodePiece({ values, dims }: Values, { top, left, height, width }: LatentWindow): Promise<Float32Array> {
    const { runtime, graph, options } = this;
    const [, channels = 0, rows = 0, columns = 0] = dims;
    const [input] = graph.inputs;
    if (!input) throw new TypeError('The decoder takes nothing.');
    const { scale, offset } = options.latent;
    const filled = new Float32Array(channels * height * width);
    for (let i = 0; i < filled.length; i++) {
      const x = Math.min(columns - 1, left + (i % width));
      const y = Math.min(rows - 1, top + (Math.floor(i / width) % height));
      const channel = Math.floor(i / width / height);
      filled[i] = scale * (values[(channel * rows + y) * columns + x] ?? 0) + offset;
    }
    const feed = feedOf(runtime, input, { values: filled, dims: [1, channels, height, width] });
    const image = await readTensor(runtime, outputOf(graph, await graph.run({ [input.name]: feed })));
    return image.values.map((value) => options.image.scale * value + options.image.offset);
  }
}

/** Pieces of a picture [3, h, w], weighted by how far from their borders they are. */
class Blend {
  readonly #sum: Float32Array;
  readonly #weights: Float32Array;

  constructor(
    readonly height: number,
    readonly width: number,
  ) {
    this.#sum = new Float32Array(3 * height * width);
    this.#weights = new Float32Array(height * width);
  }

  add(
    pixels: Float32Array,
    { top, left, height, width }: LatentWindow,
    { pxPerCell, overlap }: { readonly pxPerCell: number; readonly overlap: number },
  ): void {
    const [heightPx, widthPx] = [height * pxPerCell, width * pxPerCell];
    const rise = (at: number, length: number) =>
      Math.min(1, (at + 0.5) / (overlap * pxPerCell), (length - at - 0.5) / (overlap * pxPerCell));
    for (let y = 0; y < heightPx; y++) {
      const weightY = rise(y, heightPx);
      for (let x = 0; x < widthPx; x++) {
        const weight = weightY * rise(x, widthPx);
        const at = (top * pxPerCell + y) * this.width + left * pxPerCell + x;
        this.#weights[at] = (this.#weights[at] ?? 0) + weight;
        for (let channel = 0; channel < 3; channel++) {
          const place = channel * this.height * this.width + at;
          this.#sum[place] = (this.#sum[place] ?? 0) + weight * (pixels[(channel * heightPx + y) * widthPx + x] ?? 0);
        }
      }
    }
  }

  values(): Float32Array {
    const area = this.height * this.width;
    return this.#sum.map((value, i) => value / (this.#weights[i % area] ?? 1));
  }
}

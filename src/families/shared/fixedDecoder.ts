/** A decoder whose graph runs on one size only: smaller windows are filled up with their own border, and cut out again. */
import type { Range } from '../../runtime/onnx/ends';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import type { LatentDecoder, LatentGrid, Survey } from '../family';
import { feedOf, outputOf, readTensor } from './feeds';
import { HALO_CELLS } from './wholeImageDecoder';

export interface FixedOptions {
  readonly fixedGrid: LatentGrid;
  readonly latent: Range;
  readonly image: Range;
  readonly pxPerCell: number;
}

export class FixedDecoder implements LatentDecoder {
  readonly haloCells = HALO_CELLS;
  readonly isExact = false;
  readonly fixedGrid: LatentGrid;

  constructor(
    readonly runtime: Runtime,
    readonly graph: Graph,
    readonly options: FixedOptions,
  ) {
    this.fixedGrid = options.fixedGrid;
  }

  /** Every window is normalised by its own statistics: a graph of one size can tell of no other. */
  async survey(): Promise<Survey> {
    return {};
  }

  async decode(window: Tensor): Promise<Tensor> {
    const { runtime, graph, options } = this;
    const [, channels = 0, height = 0, width = 0] = window.dims;
    const { latentHeight, latentWidth } = options.fixedGrid;
    const [input] = graph.inputs;
    if (!input) throw new TypeError('The decoder takes nothing.');
    const { values } = await readTensor(runtime, window);
    const filled = new Float32Array(channels * latentHeight * latentWidth);
    for (let i = 0; i < filled.length; i++) {
      const x = Math.min(width - 1, i % latentWidth);
      const y = Math.min(height - 1, Math.floor(i / latentWidth) % latentHeight);
      const channel = Math.floor(i / latentWidth / latentHeight);
      filled[i] = options.latent.scale * (values[(channel * height + y) * width + x] ?? 0) + options.latent.offset;
    }
    const feed = feedOf(runtime, input, { values: filled, dims: [1, channels, latentHeight, latentWidth] });
    const image = await readTensor(runtime, outputOf(graph, await graph.run({ [input.name]: feed })));
    const signed = image.values.map((value) => options.image.scale * value + options.image.offset);
    const area = { left: 0, top: 0, width: width * options.pxPerCell, height: height * options.pxPerCell };
    return runtime.crop(runtime.float32(signed, image.dims), area);
  }
}

/** Pictures -> latents, through an encoder graph as it was published: its pixels are -1 … 1. */
import type { GraphFile } from '../../models/spec';
import type { Runtime, Tensor } from '../../runtime/session';
import type { LatentEncoder, PlanarPicture } from '../family';
import { feedOf, outputOf, readTensor } from './feeds';
import type { GraphShelf, LoadHints } from './graphShelf';

export interface PixelEncoder extends LatentEncoder {
  encode(picture: PlanarPicture): Promise<Tensor>;
}

interface EncoderOptions extends Pick<LoadHints, 'rewrite'> {
  readonly file: GraphFile;
  /** What the graph's latent is multiplied with. */
  readonly scale: number;
  /** Channels of the latent, where exports may give its variance behind them; all unless said. */
  readonly channels?: number;
}

export function openPixelEncoder(
  runtime: Runtime,
  shelf: GraphShelf,
  { file, scale, channels, rewrite }: EncoderOptions,
): PixelEncoder {
  return {
    async encode({ planes, widthPx, heightPx }) {
      const { graph } = await shelf.take(file, rewrite ? { rewrite } : {});
      const [input] = graph.inputs;
      if (!input) throw new TypeError('The encoder takes nothing.');
      const signed = { values: planes.map((value) => 2 * value - 1), dims: [1, 3, heightPx, widthPx] };
      const output = outputOf(graph, await graph.run({ [input.name]: feedOf(runtime, input, signed) }));
      const { values, dims } = await readTensor(runtime, output);
      const [, given = 0, height = 0, width = 0] = dims;
      const kept = channels ?? given;
      const latent = values.subarray(0, kept * height * width).map((value) => scale * value);
      return runtime.float32(latent, [1, kept, height, width]);
    },
  };
}

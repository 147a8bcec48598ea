/**
 * What Pocket sees of pictures: tokens of all of them beside the words, and the one that the drawing starts from, cell by
 * cell. Which one that is, the words decide in the fusion graph: it gives every picture a share (decisions/017).
 */

import type { Runtime, Tensor } from '../../runtime/session';
import type { LatentGrid, MixedPicture, PlanarPicture, PromptRequest, ReferencePicture } from '../family';
import type { PocketConfig } from './config';
import type { PocketGraphs } from './graphs';

const CELL_PX = 8;

/** Less of a picture is left out of the mix, since each costs a run of the encoder. */
const SMALLEST_SHARE = 0.01;

export interface LookingParts {
  readonly runtime: Runtime;
  readonly config: PocketConfig;
  readonly graphs: PocketGraphs;
}

/** Memory of words [1, L, D], and pictures -> memory of both, and the mix that the drawing starts from. */
export async function lookAt(
  { references, checkpoint }: Pick<PromptRequest, 'references' | 'checkpoint'>,
  text: Tensor,
  parts: LookingParts,
): Promise<{ readonly memory: Tensor; readonly mix: readonly MixedPicture[] }> {
  const latents = await squareLatents(references, checkpoint, parts);
  await checkpoint();
  const [memory, shares] = await parts.graphs.runAll('fusion', { memory: text, references: latents });
  if (!memory || !shares) throw new TypeError('Graph fusion gave no memory, or no shares.');
  try {
    const weights = await parts.runtime.read(shares).finally(() => shares.dispose());
    const mix = references.map((picture, index) => ({ picture, share: weights[index] ?? 0 }));
    return { memory, mix: mix.filter(({ share }) => share >= SMALLEST_SHARE) };
  } catch (error) {
    memory.dispose();
    throw error;
  }
}

/** The latents of all pictures in their order, each one whole in the same square: [k, C, side, side], on the CPU. */
async function squareLatents(
  references: readonly ReferencePicture[],
  checkpoint: () => Promise<void>,
  parts: LookingParts,
): Promise<Tensor> {
  const { sidePx } = parts.config.references;
  const square = { widthPx: sidePx, heightPx: sidePx };
  const channels = parts.config.latentChannels;
  const sideCells = sidePx / CELL_PX;
  const size = channels * sideCells ** 2;
  const latents = new Float32Array(references.length * size);
  for (const [index, reference] of references.entries()) {
    await checkpoint();
    latents.set(await encode(reference.inside(square), parts), index * size);
  }
  return parts.runtime.float32(latents, [references.length, channels, sideCells, sideCells]);
}

interface Mixing {
  readonly mix: readonly MixedPicture[];
  readonly grid: LatentGrid;
  readonly checkpoint: () => Promise<void>;
}

/** The picture that a drawing starts from, as a latent [1, C, h, w] in its own grid; zeros, where it starts from nothing. */
export async function mixInPlace({ mix, grid, checkpoint }: Mixing, parts: LookingParts): Promise<Tensor> {
  const { latentHeight, latentWidth } = grid;
  const size = { widthPx: latentWidth * CELL_PX, heightPx: latentHeight * CELL_PX };
  const channels = parts.config.latentChannels;
  const mixed = new Float32Array(channels * latentHeight * latentWidth);
  for (const { picture, share } of mix) {
    await checkpoint();
    const latent = await encode(picture.inPlace(size), parts);
    latent.forEach((value, i) => {
      mixed[i] = (mixed[i] ?? 0) + share * value;
    });
  }
  return parts.runtime.toDevice(parts.runtime.float32(mixed, [1, channels, latentHeight, latentWidth]));
}

async function encode(picture: PlanarPicture, { runtime, graphs }: LookingParts): Promise<Float32Array> {
  const { planes, widthPx, heightPx } = picture;
  const latent = await graphs.run('encoder', { image: runtime.float32(planes, [1, 3, heightPx, widthPx]) });
  return runtime.read(latent).finally(() => latent.dispose());
}

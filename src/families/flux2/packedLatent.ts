/**
 * The latent that the transformer draws: 2 x 2 cells of the autoencoder's 32 channels as one of 128, normalised channel by
 * channel. Published decoders undo both themselves.
 */
import { ApiError } from '../../api/errors';
import type { GraphFile } from '../../models/spec';
import type { LatentDecoder } from '../family';
import type { GraphShelf } from '../shared/graphShelf';
import { openPublishedDecoder } from '../shared/publishedDecoder';

export const CELL_PX = 16;
export const CHANNELS = 128;

/** As many pixels as those of the decoders with cells of 8 pixels: what lies beyond hardly counts. */
const HALO_CELLS = 4;

/** Throws `invalid_parameter` where the graph takes the autoencoder's own latent. */
export async function openPackedDecoder(shelf: GraphShelf, file: GraphFile): Promise<LatentDecoder> {
  const [latent] = await shelf.inputs(file);
  refuseUnpacked(latent?.dims[1] ?? null, 'decoder');
  const asItIs = { scale: 1, offset: 0 };
  const decoder = await openPublishedDecoder(shelf, { file, latent: asItIs, pxPerCell: CELL_PX });
  return {
    haloCells: HALO_CELLS,
    isExact: decoder.isExact,
    survey: (whole, options) => decoder.survey(whole, options),
    decode: (window, survey) => decoder.decode(window, survey),
  };
}

/** @param channels null where the graph leaves them open */
export function refuseUnpacked(channels: number | null, graph: 'encoder' | 'decoder'): void {
  if (channels === null || channels === CHANNELS) return;
  const message =
    `This model's ${graph} has a latent of ${channels} channels. Tessera knows exports with ${CHANNELS}, in which ` +
    `packing and normalisation are part of the graph. Choose another model.`;
  throw new ApiError('invalid_parameter', message, 'model');
}

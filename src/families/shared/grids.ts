/** The one size that a graph runs on, where its export fixed it. */
import type { Graph } from '../../runtime/session';
import type { LatentGrid } from '../family';

/** Null where height or width is left open. The latent is the first input of four dimensions or more. */
export function fixedGridOf({ inputs }: Graph): LatentGrid | null {
  const latent = inputs.find(({ dims }) => dims.length >= 4);
  const [latentHeight, latentWidth] = latent?.dims.slice(-2) ?? [];
  if (typeof latentHeight !== 'number' || typeof latentWidth !== 'number') return null;
  return { latentHeight, latentWidth };
}

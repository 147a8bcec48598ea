/** The one size that a graph runs on, where its export fixed it. */
import type { ValueInfo } from '../../runtime/onnx/model';
import type { LatentGrid } from '../family';

/** Null where height or width is left open. The latent is the first input of four dimensions or more. */
export function fixedGridOf(inputs: readonly ValueInfo[]): LatentGrid | null {
  const latent = inputs.find(({ dims }) => dims.length >= 4);
  const [latentHeight = null, latentWidth = null] = latent?.dims.slice(-2) ?? [];
  return latentHeight && latentWidth ? { latentHeight, latentWidth } : null;
}

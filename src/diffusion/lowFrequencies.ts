/** What a picture looks like from far away stays; what is only seen from near may change. */
import { type LatentShape, mapLines } from './separable';
import { splineFit } from './splineFit';

/**
 * The part of a latent that least-squares splines can draw, with knots every `knotDistance` cells: waves longer than
 * two knot distances.
 */
export function lowFrequencies(
  values: Float32Array,
  shape: LatentShape,
  knotDistance: number,
): Float32Array<ArrayBuffer> {
  return mapLines(values, shape, {
    row: splineFit(shape.width, knotDistance),
    column: splineFit(shape.height, knotDistance),
  });
}

/**
 * A prediction of the clean latent with the low frequencies of `base`: L base + (1 - L) prediction.
 *
 * This is the null-space step of DDNM (Wang, Yu and Zhang 2023), with L a projection. Done to every prediction of a run
 * it makes the low frequencies of the noisy latent those of the base with its noise (the condition of ILVR, Choi et al.
 * 2021), so that the model never sees the two halves disagree, and after the last step they are the base's exactly.
 *
 * The weight does not fall with the noise level, as the skip residual of DemoFusion (Du et al. 2024) does. There the
 * whole enlarged latent is mixed in, its blur too, and has to fade; here what the base does not know is never touched.
 * And where noise is low the model already reads these frequencies off its input: unless a tile goes astray, there is
 * nothing to replace, and if one does, the last step is the one that counts.
 */
export function keepLowFrequencies(
  prediction: Float32Array,
  base: Float32Array,
  options: { readonly shape: LatentShape; readonly knotDistance: number },
): Float32Array<ArrayBuffer> {
  const difference = prediction.map((value, i) => (base[i] ?? 0) - value);
  const kept = lowFrequencies(difference, options.shape, options.knotDistance);
  for (let i = 0; i < kept.length; i++) kept[i] = (kept[i] ?? 0) + (prediction[i] ?? 0);
  return kept;
}

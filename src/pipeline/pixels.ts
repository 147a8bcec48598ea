/** Planes of floats -> bytes of a small picture, cropped. */
import type { Rgba } from '../runtime/canvas/tileCanvas';

interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * Crops [3, height, width] floats in 0 … 1 evenly on all sides and packs them as opaque RGBA.
 * `planes` must be at least as large as `target`.
 */
export function toRgba(planes: Float32Array, source: SizePx, target: SizePx = source): Rgba {
  const area = source.widthPx * source.heightPx;
  const left = Math.floor((source.widthPx - target.widthPx) / 2);
  const top = Math.floor((source.heightPx - target.heightPx) / 2);
  const rgba = new Uint8ClampedArray(target.widthPx * target.heightPx * 4).fill(255);
  let out = 0;
  for (let y = 0; y < target.heightPx; y++) {
    let from = (top + y) * source.widthPx + left;
    for (let x = 0; x < target.widthPx; x++, from++, out += 4) {
      rgba[out] = 255 * (planes[from] ?? 0);
      rgba[out + 1] = 255 * (planes[from + area] ?? 0);
      rgba[out + 2] = 255 * (planes[from + 2 * area] ?? 0);
    }
  }
  return { ...target, rgba };
}

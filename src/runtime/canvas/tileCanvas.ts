/** The finished picture while it is painted tile by tile: 8-bit RGB, never a float copy of the whole. */
import type { Tensor } from 'onnxruntime-web';

/** How far a tile cross-fades with its neighbours on one axis, in pixels. */
export interface Fade {
  readonly fadeIn: number;
  readonly fadeOut: number;
}

/** Where a tile goes. Tiles come row by row; the fades of neighbours match. */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly fadeX: Fade;
  readonly fadeY: Fade;
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** RGBA bytes, ready for `putImageData`. */
export interface Rgba {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface TileCanvas {
  /**
   * Blends a tile [1, 3, h, w] of 0 … 1 into the picture.
   *
   * @throws ApiError `bad_output` when a value is not a number
   */
  place(tile: Tensor, placement: Placement): Promise<void>;
  /** A part of the picture, each side `scale` times shorter (box filter, what is left over is cut). */
  shrink(part: Rectangle, scale: number): Promise<Rgba>;
  /**
   * The picture, ready to be encoded. The canvas itself is used up.
   *
   * @throws ApiError `bad_output` when all pixels are alike
   */
  finish(): Promise<OffscreenCanvas>;
  dispose(): void;
}

/**
 * Share of a tile in the mix of itself and what lies under it. Sequential mixing in row order then gives every tile
 * its weight w = wx wy: the share is w over all weights so far, those of the row above (1 - fadeInY) and of the tile
 * to the left.
 *
 * @param x  risen and fallen shares 0 … 1 on each axis, `in` of fadeIn and `out` of fadeOut
 */
export function mixShare(x: { readonly in: number; readonly out: number }, y: typeof x): number {
  const weightY = y.in * (1 - y.out);
  const weight = x.in * (1 - x.out) * weightY;
  return weight / (weight + (1 - y.in) + (1 - x.in) * weightY);
}

/** The same in WGSL, so that the two cannot drift apart unseen: a test compares them pixel by pixel. */
export const MIX_SHARE_WGSL = `
  fn mixShare(inX: f32, outX: f32, inY: f32, outY: f32) -> f32 {
    let weightY = inY * (1 - outY);
    let weight = inX * (1 - outX) * weightY;
    return weight / (weight + (1 - inY) + (1 - inX) * weightY);
  }`;

/** Shares along one axis of a tile of `length` pixels. */
export function fadeShares(length: number, { fadeIn, fadeOut }: Fade): { readonly in: number; readonly out: number }[] {
  return Array.from({ length }, (_, i) => ({
    in: fadeIn === 0 ? 1 : Math.min(1, (i + 0.5) / fadeIn),
    out: fadeOut === 0 ? 0 : Math.max(0, (i - (length - fadeOut) + 0.5) / fadeOut),
  }));
}

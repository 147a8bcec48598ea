/** How large the tiles of a picture may be on this device. */
import { SMALLEST_TILE_PX, type TileLimits } from '../diffusion/plan';
import type { Family } from '../families/family';
import type { Runtime } from '../runtime/session';

/**
 * Larger tiles compute less context twice (13 % at 512 px, 6 % here), and a picture at 1K is one piece. Beyond that little
 * is left to save, while previews get rarer, cancels slower and memory fuller. Times: bench/results/tiles.json.
 */
const LARGEST_TILE_PX = 1024;

/** A run holds a few of its largest buffers at once, and the GPU is not ours alone. */
const BUFFERS_AT_ONCE = 2;

/** The largest tiles, a power of two, that this device paints with this model; never longer than `limitPx`. */
export function tileLimits(
  runtime: Runtime,
  { decoder, largestBufferBytesPerPx }: Family,
  limitPx: number = Number.POSITIVE_INFINITY,
): TileLimits {
  const roomPx = runtime.largestBufferBytes / BUFFERS_AT_ONCE / largestBufferBytesPerPx;
  const fits = (tilePx: number) => tilePx <= limitPx && tilePx ** 2 <= roomPx;
  let largestTilePx = LARGEST_TILE_PX;
  while (largestTilePx > SMALLEST_TILE_PX && !fits(largestTilePx)) largestTilePx /= 2;
  return { largestTilePx, overlapCells: decoder.isExact ? 0 : decoder.haloCells };
}

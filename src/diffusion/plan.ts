/** From the size a caller wants to the grid a model draws on, and on to the tiles of the output. Pure arithmetic. */
import { cutAxis, type TileSpan } from './tiles';

export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** How a picture grows from what the model draws to what was asked for. */
export interface Route {
  /** Doublings of the latent: re-noised and denoised again, by tiles. */
  readonly refinePasses: number;
  /** Doublings of the pixels by super-resolution, by tiles. */
  readonly upscalePasses: number;
}

/** Where the pixels come from: a native latent grid, doublings, a centred crop. */
export interface OutputPlan extends Route, SizePx {
  /** The grid that is drawn from noise. */
  readonly latentHeight: number;
  readonly latentWidth: number;
  /** Pixels per latent cell. */
  readonly latentDownscale: number;
}

/** The same with the tiles it is painted by. */
export interface TiledPlan extends OutputPlan {
  /** No tile of the output is longer. */
  readonly tilePx: number;
  /** What neighbours share and cross-fade over; 0 where tiles come out exactly as the whole. */
  readonly overlapPx: number;
  readonly columns: number;
  readonly rows: number;
}

/** What a model's graphs allow: pixels per latent cell, and the multiple its grid must keep. */
export interface NativeGrid {
  readonly latentDownscale: number;
  readonly gridMultiple: number;
  /** No side may have fewer cells: graphs of one fixed size. What is too much is cropped. */
  readonly leastCells?: number;
}

/**
 * Plans a picture whose native size is the target divided by 2^doublings, rounded up to whole grid steps;
 * what is too much is cropped evenly at the end, so no pixel is ever resampled.
 *
 * @example planOutput({ widthPx: 1512, heightPx: 648 }, { latentDownscale: 8, gridMultiple: 2 }, { refinePasses: 0, upscalePasses: 3 })
 * // { latentHeight: 12, latentWidth: 24, … }
 */
export function planOutput(size: SizePx, grid: NativeGrid, route: Route): OutputPlan {
  const { latentDownscale, gridMultiple, leastCells = 0 } = grid;
  const cells = (sizePx: number) => {
    const nativePx = sizePx / 2 ** (route.refinePasses + route.upscalePasses);
    return Math.max(leastCells, Math.ceil(nativePx / (latentDownscale * gridMultiple)) * gridMultiple);
  };
  const { refinePasses, upscalePasses } = route;
  const { widthPx, heightPx } = size;
  const latent = { latentHeight: cells(heightPx), latentWidth: cells(widthPx), latentDownscale };
  return { ...latent, refinePasses, upscalePasses, widthPx, heightPx };
}

/** Interior tiles start at multiples of this, so that they are all of one shape at every size down to the native one. */
const TILE_STEP_PX = 64;

/** Where stepping down to smaller tiles ends: below, a tile is mostly the context around it. */
export const SMALLEST_TILE_PX = 256;

export interface TileLimits {
  /** A power of two, SMALLEST_TILE_PX or more. */
  readonly largestTilePx: number;
  /** Latent cells that neighbours share because they do not come out exactly as the whole; 0 where they do. */
  readonly overlapCells: number;
}

/** Lays the tiles of a plan. They fade over the cells they share, as far as a quarter of a tile. */
export function planTiles(plan: OutputPlan, { largestTilePx, overlapCells }: TileLimits): TiledPlan {
  const longestPx = Math.max(plan.widthPx, plan.heightPx);
  // No larger than what covers the picture, so that half of it is really less.
  const tilePx = Math.min(largestTilePx, Math.max(SMALLEST_TILE_PX, 2 ** Math.ceil(Math.log2(longestPx))));
  const sharedPx = Math.min(overlapCells * plan.latentDownscale * 2 ** plan.upscalePasses, tilePx / 4);
  const overlapPx = Math.ceil(sharedPx / TILE_STEP_PX) * TILE_STEP_PX;
  const tiled = { ...plan, tilePx, overlapPx, columns: 0, rows: 0 };
  const { columns, rows } = tileSpans(tiled);
  return { ...tiled, columns: columns.length, rows: rows.length };
}

/** One tile of the output, in pixels of the finished picture. */
export interface Tile {
  readonly x: TileSpan;
  readonly y: TileSpan;
}

/** All tiles, row by row. */
export function tilesOf(plan: TiledPlan): Tile[] {
  const { columns, rows } = tileSpans(plan);
  return rows.flatMap((y) => columns.map((x) => ({ x, y })));
}

function tileSpans({ widthPx, heightPx, tilePx, overlapPx }: TiledPlan) {
  const limits = { limit: tilePx, overlap: overlapPx, multiple: TILE_STEP_PX };
  return { columns: cutAxis(widthPx, limits), rows: cutAxis(heightPx, limits) };
}

/** Size of the picture that the decoder gives, before super-resolution. */
export function nativeSizePx(plan: OutputPlan): SizePx {
  const pxPerCell = plan.latentDownscale * 2 ** plan.refinePasses;
  return { widthPx: plan.latentWidth * pxPerCell, heightPx: plan.latentHeight * pxPerCell };
}

/** Size of the picture that the base latent stands for, before all doublings. */
export function baseSizePx({ latentWidth, latentHeight, latentDownscale }: OutputPlan): SizePx {
  return { widthPx: latentWidth * latentDownscale, heightPx: latentHeight * latentDownscale };
}

/** What will be seen of the base picture, in its pixels, rounded outwards. */
export function visiblePart(plan: OutputPlan): SizePx & { readonly left: number; readonly top: number } {
  const base = baseSizePx(plan);
  const scale = 2 ** (plan.refinePasses + plan.upscalePasses);
  const widthPx = Math.min(base.widthPx, Math.ceil(plan.widthPx / scale));
  const heightPx = Math.min(base.heightPx, Math.ceil(plan.heightPx / scale));
  return {
    widthPx,
    heightPx,
    left: Math.floor((base.widthPx - widthPx) / 2),
    top: Math.floor((base.heightPx - heightPx) / 2),
  };
}

/** The same drawing, as large as it is drawn. */
export function withoutDoublings(plan: OutputPlan): OutputPlan {
  const { widthPx, heightPx } = visiblePart(plan);
  return { ...plan, refinePasses: 0, upscalePasses: 0, widthPx, heightPx };
}

/** Where the finished picture starts in what is drawn: what is too much is cut evenly on all sides. */
export function cropOffsetPx(plan: OutputPlan): { readonly left: number; readonly top: number } {
  const native = nativeSizePx(plan);
  const scale = 2 ** plan.upscalePasses;
  return {
    left: Math.floor((native.widthPx * scale - plan.widthPx) / 2),
    top: Math.floor((native.heightPx * scale - plan.heightPx) / 2),
  };
}

/**
 * Centres of 2x2 latent patches as (y, x) pairs, row by row, measured from the centre of the grid in units of
 * 8 cells: a 16x16 grid spans about -1 … 1, longer sides reach beyond.
 *
 * @returns (height / 2) (width / 2) pairs, flat
 */
export function patchPositions(latentHeight: number, latentWidth: number): Float32Array<ArrayBuffer> {
  const rows = latentHeight / 2;
  const columns = latentWidth / 2;
  const positions = new Float32Array(rows * columns * 2);
  let index = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      positions[index++] = (2 * row + 1 - rows) / 8;
      positions[index++] = (2 * column + 1 - columns) / 8;
    }
  }
  return positions;
}

/** Native picture -> output, tile by tile: each one is enlarged on its own, and nothing larger ever exists as floats. */
import { cropOffsetPx, type Tile, type TiledPlan, tilesOf } from '../diffusion/plan';
import { type Span, spanPyramid } from '../diffusion/tiles';
import type { Family } from '../families/family';
import type { TileCanvas } from '../runtime/canvas/tileCanvas';
import type { Runtime, Tensor } from '../runtime/session';
import type { TensorScope } from '../runtime/tensorScope';
import { type Area, type NativePicture, windowWithin } from './nativePicture';
import type { OnProgress } from './progress';

/** Longest side of the preview that the tiles sharpen. */
const PREVIEW_PX = 1024;

export interface Painting {
  readonly runtime: Runtime;
  readonly model: Family;
  readonly scope: TensorScope;
  readonly plan: TiledPlan;
  /** Null when nobody watches. */
  readonly onPreview: OnProgress | null;
  readonly checkpoint: () => Promise<void>;
}

/** Paints the whole output. Stops between two session runs once `checkpoint` throws. */
export async function paint(
  painting: Painting,
  native: NativePicture,
  report: (fraction: number) => void,
): Promise<TileCanvas> {
  const { runtime, scope, plan } = painting;
  const canvas = scope.keep(runtime.createCanvas(plan.widthPx, plan.heightPx));
  const tiles = tilesOf(plan);
  for (const [index, tile] of tiles.entries()) {
    const pixels = await enlarge(painting, native, tile);
    await canvas.place(pixels, { left: tile.x.start, top: tile.y.start, fadeX: tile.x, fadeY: tile.y });
    scope.free(pixels);
    await showTile(painting, canvas, tile);
    report((index + 1) / tiles.length);
  }
  return canvas;
}

/** One tile of the output: its window of the native picture, doubled again and again, each time cut to what is needed. */
async function enlarge(painting: Painting, native: NativePicture, tile: Tile): Promise<Tensor> {
  const { runtime, model, scope, checkpoint } = painting;
  const [first, ...larger] = areasOf(painting, native, tile);
  if (!first) throw new RangeError('A tile has at least its own area.');
  await checkpoint();
  let pixels = await native.window(first);
  let area = first;
  for (const [pass, next] of larger.entries()) {
    await checkpoint();
    const doubled = scope.keep(await model.enlarge(pixels, pass));
    scope.free(pixels);
    pixels = scope.keep(runtime.crop(doubled, windowWithin(twice(area), next)));
    scope.free(doubled);
    area = next;
  }
  return pixels;
}

/** What is needed of each size, from the native one to the tile itself. */
function areasOf({ plan, model }: Painting, native: NativePicture, tile: Tile): Area[] {
  const offset = cropOffsetPx(plan);
  const doublings = Array.from({ length: plan.upscalePasses }, (_, pass) => model.doubling(pass));
  const columns = spanPyramid(shifted(tile.x, offset.left), { doublings, nativeSize: native.widthPx });
  const rows = spanPyramid(shifted(tile.y, offset.top), { doublings, nativeSize: native.heightPx });
  return columns.flatMap((x, level) => (rows[level] ? [{ x, y: rows[level] }] : []));
}

function shifted({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

function twice({ x, y }: Area): Area {
  return { x: { start: 2 * x.start, end: 2 * x.end }, y: { start: 2 * y.start, end: 2 * y.end } };
}

async function showTile({ plan, onPreview }: Painting, canvas: TileCanvas, tile: Tile): Promise<void> {
  if (!onPreview) return;
  // A power of two, so that it divides where tiles start.
  const scale = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(plan.widthPx, plan.heightPx) / PREVIEW_PX)));
  const part = {
    left: tile.x.start,
    top: tile.y.start,
    widthPx: tile.x.end - tile.x.start,
    heightPx: tile.y.end - tile.y.start,
  };
  const preview = await canvas.shrink(part, scale);
  const whole = { widthPx: Math.floor(plan.widthPx / scale), heightPx: Math.floor(plan.heightPx / scale) };
  onPreview({ type: 'tile', left: part.left / scale, top: part.top / scale, scale, preview, whole });
}

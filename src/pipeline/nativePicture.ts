/** What the decoder gives, window by window: decoded once and kept where it is small, else decoded again for each window. */
import { nativeSizePx, type TiledPlan } from '../diffusion/plan';
import type { Span } from '../diffusion/tiles';
import type { Family, Survey } from '../families/family';
import type { CropWindow } from '../runtime/crop';
import type { Runtime, Tensor } from '../runtime/session';
import type { TensorScope } from '../runtime/tensorScope';

/** A rectangle as two spans. */
export interface Area {
  readonly x: Span;
  readonly y: Span;
}

export interface NativePicture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** [1, 3, h, w] in 0 … 1; the caller's to free. */
  window(area: Area): Promise<Tensor>;
}

interface Parts {
  readonly runtime: Runtime;
  readonly model: Family;
  readonly scope: TensorScope;
  readonly plan: TiledPlan;
  /** Lets a cancel arrive; throws once it has. Called between any two session runs of weight. */
  readonly checkpoint: () => Promise<void>;
}

/** Opens the picture that a latent [1, C, h, w] stands for. Never decodes more than a tile and its context at once. */
export async function openNativePicture(parts: Parts, latent: Tensor): Promise<NativePicture> {
  const { runtime, model, scope, plan, checkpoint } = parts;
  const [, , latentHeight = 0, latentWidth = 0] = latent.dims;
  const limitCells = Math.ceil(plan.tilePx / plan.latentDownscale);
  const isOnePiece = Math.max(latentHeight, latentWidth) <= limitCells;
  await checkpoint();
  const survey = isOnePiece ? {} : await model.decoder.survey(latent, { limitCells, checkpoint });
  for (const tensor of Object.values(survey)) scope.keep(tensor);
  const size = nativeSizePx(plan);
  await checkpoint();
  if (!isOnePiece) {
    return { ...size, window: (area) => decodeWindow(parts, { latent, survey, area }) };
  }
  const picture = scope.keep(await model.decoder.decode(latent, survey));
  scope.free(latent);
  return { ...size, window: async (area) => scope.keep(runtime.crop(picture, asWindow(area))) };
}

async function decodeWindow(
  { runtime, model, scope, plan }: Parts,
  { latent, survey, area }: { readonly latent: Tensor; readonly survey: Survey; readonly area: Area },
): Promise<Tensor> {
  const [, , latentHeight = 0, latentWidth = 0] = latent.dims;
  const { haloCells } = model.decoder;
  const { latentDownscale: pxPerCell } = plan;
  const cellsAround = ({ start, end }: Span, size: number) => ({
    start: Math.max(0, Math.floor(start / pxPerCell) - haloCells),
    end: Math.min(size, Math.ceil(end / pxPerCell) + haloCells),
  });
  const inPixels = ({ start, end }: Span) => ({ start: start * pxPerCell, end: end * pxPerCell });
  const cells = { x: cellsAround(area.x, latentWidth), y: cellsAround(area.y, latentHeight) };
  const piece = scope.keep(runtime.crop(latent, asWindow(cells)));
  const decoded = scope.keep(await model.decoder.decode(piece, survey));
  scope.free(piece);
  const decodedArea = { x: inPixels(cells.x), y: inPixels(cells.y) };
  const window = scope.keep(runtime.crop(decoded, windowWithin(decodedArea, area)));
  scope.free(decoded);
  return window;
}

function asWindow({ x, y }: Area): CropWindow {
  return { left: x.start, top: y.start, width: x.end - x.start, height: y.end - y.start };
}

/** `inner` as a window of a tensor that holds `outer`. */
export function windowWithin(outer: Area, inner: Area): CropWindow {
  const { left, top, width, height } = asWindow(inner);
  return { left: left - outer.x.start, top: top - outer.y.start, width, height };
}

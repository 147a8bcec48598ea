/** Pictures that come with a job, in the size and form that a model reads them. */
import { baseSizePx, type OutputPlan, type SizePx, visiblePart } from '../diffusion/plan';
import type { PlanarPicture, ReferencePicture } from '../families/family';
import type { JobPicture } from './job';

/** A part of a picture in the making, in its pixels. */
export interface Frame extends SizePx {
  readonly left: number;
  readonly top: number;
}

/**
 * Fills `size` with a picture: all of `frame`, which is what will be seen, cut where the shapes differ; around it goes
 * what is left of the picture, or its stretched rest. Transparent parts count as white.
 */
export function fitPicture(picture: JobPicture, size: SizePx, frame: Frame): PlanarPicture {
  const { widthPx, heightPx } = size;
  return { ...size, planes: planesOf(fill(picture, size, { frame, background: 'white' }), widthPx * heightPx) };
}

/** A picture to look at, in whatever size a model asks for. */
export function openReference(picture: JobPicture, plan: OutputPlan): ReferencePicture {
  return {
    bounded: (cellPx) => fitBounded(picture, cellPx),
    inside: (size) => fitInside(picture, size, wholeOf(size)),
    inPlace: (size) => fitInside(picture, size, seenPart(plan, size)),
  };
}

/** Of a picture that is looked at in its own size, no more than this is read. */
const MOST_REFERENCE_PIXELS = 1024 * 1024;

function fitBounded(picture: JobPicture, cellPx: number): PlanarPicture {
  const scale = Math.min(1, Math.sqrt(MOST_REFERENCE_PIXELS / (picture.widthPx * picture.heightPx)));
  const cells = (sidePx: number) => Math.max(1, Math.floor((sidePx * scale) / cellPx)) * cellPx;
  const size = { widthPx: cells(picture.widthPx), heightPx: cells(picture.heightPx) };
  return fitPicture(picture, size, wholeOf(size));
}

/** All of a picture in the middle of `frame`, and its nearest pixels all around. Transparent parts count as white. */
function fitInside(picture: JobPicture, size: SizePx, frame: Frame): PlanarPicture {
  const scale = Math.min(frame.widthPx / picture.widthPx, frame.heightPx / picture.heightPx);
  const sidePx = (px: number) => Math.max(1, Math.round(px * scale));
  const inner = { widthPx: sidePx(picture.widthPx), heightPx: sidePx(picture.heightPx) };
  const left = frame.left + Math.floor((frame.widthPx - inner.widthPx) / 2);
  const top = frame.top + Math.floor((frame.heightPx - inner.heightPx) / 2);
  return spread(fitPicture(picture, inner, wholeOf(inner)), size, { left, top });
}

/** Puts a picture into a larger one, whose every other pixel is the nearest of it. */
function spread(
  { planes, widthPx, heightPx }: PlanarPicture,
  size: SizePx,
  { left, top }: { readonly left: number; readonly top: number },
): PlanarPicture {
  const within = (place: number, sidePx: number) => Math.min(Math.max(place, 0), sidePx - 1);
  const spreadPlanes = new Float32Array(3 * size.widthPx * size.heightPx);
  let at = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < size.heightPx; y++) {
      const row = (channel * heightPx + within(y - top, heightPx)) * widthPx;
      for (let x = 0; x < size.widthPx; x++) spreadPlanes[at++] = planes[row + within(x - left, widthPx)] ?? 0;
    }
  }
  return { ...size, planes: spreadPlanes };
}

function wholeOf(size: SizePx): Frame {
  return { ...size, left: 0, top: 0 };
}

/** What will be seen of a picture drawn in `size`, where the plan's own base may have another. */
function seenPart(plan: OutputPlan, size: SizePx): Frame {
  const [base, seen] = [baseSizePx(plan), visiblePart(plan)];
  const [across, down] = [size.widthPx / base.widthPx, size.heightPx / base.heightPx];
  return {
    left: Math.round(seen.left * across),
    top: Math.round(seen.top * down),
    widthPx: Math.round(seen.widthPx * across),
    heightPx: Math.round(seen.heightPx * down),
  };
}

/**
 * How much of each latent cell is to be drawn anew, 0 … 1: the transparent part of the mask.
 *
 * @param size of the picture that the latent stands for, a multiple of the grid
 */
export function fitMask(
  mask: JobPicture,
  size: SizePx,
  { frame, cellPx }: { readonly frame: Frame; readonly cellPx: number },
) {
  const pixels = fill(mask, size, { frame, background: null });
  const columns = size.widthPx / cellPx;
  const cells = new Float32Array(columns * (size.heightPx / cellPx));
  const share = 1 / (255 * cellPx * cellPx);
  for (let at = 3, pixel = 0; at < pixels.length; at += 4, pixel++) {
    const row = Math.floor(pixel / size.widthPx / cellPx);
    const column = Math.floor((pixel % size.widthPx) / cellPx);
    const cell = row * columns + column;
    cells[cell] = (cells[cell] ?? 0) + (255 - (pixels[at] ?? 255)) * share;
  }
  return cells;
}

function fill(
  { widthPx, heightPx, rgba }: JobPicture,
  size: SizePx,
  { frame, background }: { readonly frame: Frame; readonly background: string | null },
): Uint8ClampedArray {
  const source = new OffscreenCanvas(widthPx, heightPx);
  contextOf(source).putImageData(new ImageData(rgba, widthPx, heightPx), 0, 0);
  const context = contextOf(new OffscreenCanvas(size.widthPx, size.heightPx));
  context.imageSmoothingQuality = 'high';
  if (background !== null) {
    context.fillStyle = background;
    context.fillRect(0, 0, size.widthPx, size.heightPx);
  }
  // The margins are cut off in the end, but the model sees them.
  context.drawImage(source, 0, 0, size.widthPx, size.heightPx);
  context.clearRect(frame.left, frame.top, frame.widthPx, frame.heightPx);
  if (background !== null) context.fillRect(frame.left, frame.top, frame.widthPx, frame.heightPx);
  const scale = Math.max(frame.widthPx / widthPx, frame.heightPx / heightPx);
  const [sourceWidth, sourceHeight] = [frame.widthPx / scale, frame.heightPx / scale];
  const [left, top] = [(widthPx - sourceWidth) / 2, (heightPx - sourceHeight) / 2];
  const target = [frame.left, frame.top, frame.widthPx, frame.heightPx] as const;
  context.drawImage(source, left, top, sourceWidth, sourceHeight, ...target);
  return context.getImageData(0, 0, size.widthPx, size.heightPx).data;
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gives no canvas to a worker.');
  return context;
}

function planesOf(rgba: Uint8ClampedArray, area: number): Float32Array {
  const planes = new Float32Array(3 * area);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      planes[channel * area + pixel] = (rgba[4 * pixel + channel] ?? 0) / 255;
    }
  }
  return planes;
}

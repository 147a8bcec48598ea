/** Pictures that come with a job, in the size and form that a model reads them. */
import type { SizePx } from '../diffusion/plan';
import type { PlanarPicture } from '../families/family';
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

/** Of a picture that a model looks at, no more than this is read. */
const MOST_REFERENCE_PIXELS = 1024 * 1024;

/** A picture to look at: bounded, each side cut to whole cells of the model's latent. */
export function fitReference(picture: JobPicture, cellPx: number): PlanarPicture {
  const scale = Math.min(1, Math.sqrt(MOST_REFERENCE_PIXELS / (picture.widthPx * picture.heightPx)));
  const cells = (sidePx: number) => Math.max(1, Math.floor((sidePx * scale) / cellPx)) * cellPx;
  const size = { widthPx: cells(picture.widthPx), heightPx: cells(picture.heightPx) };
  return fitPicture(picture, size, { ...size, left: 0, top: 0 });
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

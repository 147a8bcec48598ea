/** Paints on an OffscreenCanvas: tiles come from sessions on the CPU. */
import type { Tensor } from 'onnxruntime-web';
import { refuseNonFinite, SpreadCheck } from './checks';
import { fadeShares, mixShare, type Placement, type Rectangle, type Rgba, type TileCanvas } from './tileCanvas';

export class CpuCanvas implements TileCanvas {
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #spread = new SpreadCheck();

  constructor(widthPx: number, heightPx: number) {
    this.#canvas = new OffscreenCanvas(widthPx, heightPx);
    this.#context = openContext(this.#canvas);
  }

  async place(tile: Tensor, { left, top, fadeX, fadeY }: Placement): Promise<void> {
    const planes = (await tile.getData()) as Float32Array;
    refuseNonFinite(planes);
    const [, , height = 0, width = 0] = tile.dims;
    const fades = fadeX.fadeIn + fadeX.fadeOut + fadeY.fadeIn + fadeY.fadeOut > 0;
    const image = fades ? this.#context.getImageData(left, top, width, height) : new ImageData(width, height);
    if (fades) mixPlanes(image, planes, { fadeX, fadeY });
    else packPlanes(image, planes);
    this.#spread.add(image.data);
    this.#context.putImageData(image, left, top);
  }

  async shrink({ left, top, widthPx, heightPx }: Rectangle, scale: number): Promise<Rgba> {
    return shrinkPixels(this.#context.getImageData(left, top, widthPx, heightPx), scale);
  }

  async finish(): Promise<OffscreenCanvas> {
    this.#spread.refuseConstant();
    return this.#canvas;
  }

  /** Frees the pixels now; the garbage collector does not know how large they are. */
  dispose(): void {
    this.#canvas.width = 0;
  }
}

/** Throws when the browser cannot draw off screen. Reads come from memory, so the canvas lives there. */
export function openContext(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('This browser cannot draw into an OffscreenCanvas.');
  return context;
}

/** [3, h, w] in 0 … 1 to opaque pixels. */
export function packPlanes({ data, width, height }: ImageData, planes: Float32Array): void {
  const area = width * height;
  for (let i = 0, to = 0; i < area; i++, to += 4) {
    data[to] = 255 * (planes[i] ?? 0);
    data[to + 1] = 255 * (planes[i + area] ?? 0);
    data[to + 2] = 255 * (planes[i + 2 * area] ?? 0);
    data[to + 3] = 255;
  }
}

function mixPlanes(
  { data, width, height }: ImageData,
  planes: Float32Array,
  { fadeX, fadeY }: Pick<Placement, 'fadeX' | 'fadeY'>,
): void {
  const area = width * height;
  const columns = fadeShares(width, fadeX);
  const rows = fadeShares(height, fadeY);
  let i = 0;
  for (const row of rows) {
    for (const column of columns) {
      const share = mixShare(column, row);
      for (let channel = 0; channel < 3; channel++) {
        const to = 4 * i + channel;
        const level = 255 * Math.min(1, Math.max(0, planes[i + channel * area] ?? 0));
        data[to] = (data[to] ?? 0) * (1 - share) + level * share;
      }
      data[4 * i + 3] = 255;
      i++;
    }
  }
}

/** Box filter; rows and columns that fill no whole box are cut. */
export function shrinkPixels({ data, width, height }: ImageData, scale: number): Rgba {
  const widthPx = Math.floor(width / scale);
  const heightPx = Math.floor(height / scale);
  const rgba = new Uint8ClampedArray(widthPx * heightPx * 4);
  for (let to = 0; to < rgba.length; to++) {
    const channel = to % 4;
    const x = ((to - channel) / 4) % widthPx;
    const y = Math.floor(to / 4 / widthPx);
    let sum = 0;
    for (let dy = 0; dy < scale; dy++) {
      const row = ((y * scale + dy) * width + x * scale) * 4 + channel;
      for (let dx = 0; dx < scale; dx++) sum += data[row + 4 * dx] ?? 0;
    }
    rgba[to] = sum / (scale * scale);
  }
  return { widthPx, heightPx, rgba };
}

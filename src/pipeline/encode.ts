/** RGBA bytes -> an image file. The same pixels always give the same bytes. */
import type { OutputFormat } from './job';
import type { Rgba } from './pixels';

/** The usual quality of a photo program; png ignores it. */
const QUALITY = 0.92;

export async function encode(picture: Rgba, format: OutputFormat): Promise<Blob> {
  const canvas = new OffscreenCanvas(picture.widthPx, picture.heightPx);
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('This browser cannot draw into an OffscreenCanvas.');
  context.putImageData(new ImageData(picture.rgba, picture.widthPx, picture.heightPx), 0, 0);
  return canvas.convertToBlob({ type: `image/${format}`, quality: QUALITY });
}

/** The painted picture -> an image file. The same pixels always give the same bytes. */
import type { OutputFormat } from './job';

/** The usual quality of a photo program; png ignores it. */
const QUALITY = 0.92;

export async function encode(canvas: OffscreenCanvas, format: OutputFormat): Promise<Blob> {
  return canvas.convertToBlob({ type: `image/${format}`, quality: QUALITY });
}

/** A small square copy of a finished picture, for lists of pictures. */
import type { Preview } from './progress';

/** Sharp at half this size on screens with two pixels for one. */
const SIDE_PX = 144;

/** The largest square in the middle. */
export function thumbnailOf(picture: OffscreenCanvas): Preview {
  const side = Math.min(picture.width, picture.height);
  const small = new OffscreenCanvas(SIDE_PX, SIDE_PX);
  const context = small.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('This browser cannot draw into an OffscreenCanvas.');
  context.imageSmoothingQuality = 'medium';
  const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
  context.drawImage(picture, left, top, side, side, 0, 0, SIDE_PX, SIDE_PX);
  const rgba = new Uint8ClampedArray(context.getImageData(0, 0, SIDE_PX, SIDE_PX).data);
  return { widthPx: SIDE_PX, heightPx: SIDE_PX, rgba };
}

/** Masks as OpenAI's API has them: the transparent pixels of a picture as large as the first image are drawn anew. */
import type { ReferencePicture } from './deps';
import { ApiError } from './errors';

/** @throws ApiError `invalid_parameter` naming `mask` */
export function checkMask(mask: ReferencePicture, image: ReferencePicture | undefined): void {
  if (!image) throw unfit('A mask needs an image: it says which part of the first one is drawn anew.');
  if (mask.widthPx !== image.widthPx || mask.heightPx !== image.heightPx) {
    const sizes = `${mask.widthPx} x ${mask.heightPx}, the image ${image.widthPx} x ${image.heightPx}`;
    throw unfit(`The mask must be as large as the first image: it has ${sizes} pixels.`);
  }
  if (isOpaque(mask)) throw unfit('The mask has no transparent pixels, so there would be nothing to draw.');
}

function isOpaque({ rgba }: ReferencePicture): boolean {
  for (let at = 3; at < rgba.length; at += 4) if ((rgba[at] ?? 255) < 255) return false;
  return true;
}

function unfit(message: string): ApiError {
  return new ApiError('invalid_parameter', message, 'mask');
}

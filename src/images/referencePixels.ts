/** From the bytes of a checked picture to its pixels: upright, sRGB, straight alpha, not larger than asked for. */
import { abortable } from '../api/abortable';
import type { ReferencePicture } from '../api/deps';
import type { PictureFacts } from './pictureFacts';
import { undecodable } from './pictureRules';
import type { ReadOptions } from './referenceSource';

/** 36 million pixels take less than a second. */
const MOST_DECODING_MS = 30_000;

/** A name that no decoder knows: `----`. */
const NO_CHUNK = [0x2d, 0x2d, 0x2d, 0x2d];

export interface CheckedPicture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly facts: PictureFacts;
}

/**
 * The colours under full transparency are lost, and those under much of it coarse: canvases multiply them.
 *
 * @throws ApiError `invalid_parameter` when the decoder refuses, or the reason of the signal
 */
export async function decodePicture(
  picture: CheckedPicture,
  { param, signal }: ReadOptions,
  maxSidePx: number,
): Promise<ReferencePicture> {
  signal.throwIfAborted();
  const bitmap = await bitmapOf(picture);
  if (bitmap === null) throw undecodable(param);
  try {
    signal.throwIfAborted();
    if (!hasSizeOf(bitmap, picture.facts)) throw undecodable(param);
    return paint(bitmap, picture.facts.orientation, maxSidePx);
  } finally {
    bitmap.close();
  }
}

/** Null when the decoder refuses, or does not come back. */
async function bitmapOf({ bytes, facts }: CheckedPicture): Promise<ImageBitmap | null> {
  // A browser that did turn WebP upright would do it a second time.
  if (facts.exifNameAt !== null) bytes.set(NO_CHUNK, facts.exifNameAt);
  const file = new Blob([bytes], { type: `image/${facts.kind}` });
  const decoding = createImageBitmap(file, { imageOrientation: 'from-image', colorSpaceConversion: 'default' });
  try {
    return await abortable(decoding, AbortSignal.timeout(MOST_DECODING_MS));
  } catch {
    void decoding.then((late) => late.close()).catch(() => {});
    return null;
  }
}

/** Or lying on its side: browsers turn some kinds upright. */
function hasSizeOf({ width, height }: ImageBitmap, { widthPx, heightPx }: PictureFacts): boolean {
  return (width === widthPx && height === heightPx) || (width === heightPx && height === widthPx);
}

function paint(bitmap: ImageBitmap, orientation: number, maxSidePx: number): ReferencePicture {
  const scale = Math.min(1, maxSidePx / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const isOnItsSide = orientation >= 5;
  const [widthPx, heightPx] = isOnItsSide ? [height, width] : [width, height];
  const canvas = new OffscreenCanvas(widthPx, heightPx);
  try {
    const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
    if (!context) throw new Error('This browser cannot draw into an OffscreenCanvas.');
    context.imageSmoothingQuality = 'high';
    context.setTransform(...turned(orientation, widthPx, heightPx));
    context.drawImage(bitmap, 0, 0, width, height);
    return { widthPx, heightPx, rgba: context.getImageData(0, 0, widthPx, heightPx).data };
  } finally {
    // The garbage collector does not know how large it is.
    canvas.width = 0;
  }
}

type Transform = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Where x and y of the stored picture go, by its Exif orientation; width and height of the upright one. */
function turned(orientation: number, widthPx: number, heightPx: number): Transform {
  const transforms: readonly Transform[] = [
    [1, 0, 0, 1, 0, 0],
    [-1, 0, 0, 1, widthPx, 0],
    [-1, 0, 0, -1, widthPx, heightPx],
    [1, 0, 0, -1, 0, heightPx],
    [0, 1, 1, 0, 0, 0],
    [0, 1, -1, 0, widthPx, 0],
    [0, -1, -1, 0, widthPx, heightPx],
    [0, -1, 1, 0, 0, heightPx],
  ];
  return transforms[orientation - 1] ?? [1, 0, 0, 1, 0, 0];
}

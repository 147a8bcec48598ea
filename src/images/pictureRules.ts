/** Which files may become reference pictures; a pure check of their bytes, before anything is decoded. */
import { ApiError } from '../api/errors';
import { latin1 } from './bytes';
import { type Flaw, MOST_JPEG_SCANS, type PictureFacts, pictureFacts } from './pictureFacts';

/** The hosted API's limit for one picture. */
export const MAX_REFERENCE_BYTES = 10 * 1024 * 1024;
/** Sides, pixels and ratio as the hosted model's maker limits them; the longest side is where canvases end. */
export const MIN_SIDE_PX = 15;
export const MAX_SIDE_PX = 16_384;
/** 144 MB decoded. */
export const MAX_PIXELS = 36_000_000;
export const MAX_RATIO = 16;

const ACCEPTED = 'Reference images are PNG, JPEG or WebP files';

/** What people send instead; for the message only. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^GIF8/, 'a GIF'],
  [/^BM/, 'a BMP'],
  [/^(II\*\0|MM\0\*)/, 'a TIFF'],
  [/^....ftypavi[fs]/s, 'an AVIF'],
  [/^....ftyp(hei|hev|mif|msf)/s, 'a HEIC'],
  [/^%PDF/, 'a PDF'],
  [/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)\b/i, 'a web page'],
  [/^(\xef\xbb\xbf)?\s*<(.*<)?svg\b/is, 'an SVG'],
  [/^(\xef\xbb\xbf)?\s*[{[]/, 'JSON text'],
];
const TELLING_BYTES = 512;

const FLAWS: Readonly<Record<Flaw, string>> = {
  cut: 'The file of this reference image is cut short: its end is missing. Send the whole file.',
  damaged: 'This reference image is damaged and cannot be decoded. Save it anew and try again.',
  scans: `This JPEG has more than ${MOST_JPEG_SCANS} scans. Save it anew and try again.`,
};

/**
 * Type and size of a picture that is fit to be decoded.
 *
 * @throws ApiError `invalid_parameter` naming `param`
 */
export function checkReference(bytes: Uint8Array, param: string): PictureFacts {
  checkByteCount(bytes.length, param);
  const facts = pictureFacts(bytes);
  if (facts === null) throw refused(`${ACCEPTED}; this is ${otherKind(bytes)}.`, param);
  if (typeof facts === 'string') throw refused(FLAWS[facts], param);
  checkSize(facts, param);
  return facts;
}

/** @throws ApiError `invalid_parameter` naming `param` */
export function checkByteCount(byteCount: number, param: string): void {
  if (byteCount === 0) throw refused('The file of this reference image is empty.', param);
  if (byteCount <= MAX_REFERENCE_BYTES) return;
  throw refused('This reference image has more than 10 MiB. Send it smaller or compressed more.', param);
}

export function refused(message: string, param: string): ApiError {
  return new ApiError('invalid_parameter', message, param);
}

/** For a file that passed every check and that the browser's decoder still refuses. */
export function undecodable(param: string): ApiError {
  return refused(FLAWS.damaged, param);
}

function checkSize({ widthPx, heightPx }: PictureFacts, param: string): void {
  const size = `This reference image has ${widthPx} x ${heightPx} pixels`;
  const [short, long] = widthPx < heightPx ? [widthPx, heightPx] : [heightPx, widthPx];
  if (short < MIN_SIDE_PX || long > MAX_SIDE_PX) {
    throw refused(`${size}; its sides must have ${MIN_SIDE_PX} to ${MAX_SIDE_PX}.`, param);
  }
  if (long > MAX_RATIO * short) throw refused(`${size}; one side may be ${MAX_RATIO} times the other at most.`, param);
  if (widthPx * heightPx > MAX_PIXELS)
    throw refused(`${size}; at most ${MAX_PIXELS / 1e6} million are allowed.`, param);
}

function otherKind(bytes: Uint8Array): string {
  const head = latin1(bytes.subarray(0, TELLING_BYTES));
  return OTHERS.find(([pattern]) => pattern.test(head))?.[1] ?? 'something else';
}

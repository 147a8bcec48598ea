/**
 * What a whole picture file says of itself, read from its bytes before any decoder sees them. Nothing is decompressed.
 *
 * JPEG markers are found the way libjpeg finds them (jdmarker.c, next_marker): a reader that skips damage in another way
 * can be shown another size than the one that will be decoded.
 */
import { latin1, view } from './bytes';
import { exifOrientation } from './exif';
import { type PictureKind, pictureKind, SIGNATURE_BYTES } from './kind';
import { PNG_SIGNATURE } from './png';
import { webpHeader } from './webp';

export interface PictureFacts {
  readonly kind: PictureKind;
  /** As stored: before the picture is turned upright. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** 1 to 8. Only of WebP, where browsers do not look; they turn JPEG and PNG upright themselves. */
  readonly orientation: number;
  /** Where WebP says `EXIF`, for a decoder that must not turn the picture as well. */
  readonly exifNameAt: number | null;
}

/** Why a file with a good signature is no picture. */
export type Flaw = 'cut' | 'damaged' | 'scans';

/** Programs write about ten. Each costs a pass over the whole picture, and a pass can be coded in a few bytes. */
export const MOST_JPEG_SCANS = 100;

/** Null when it is none of the three kinds. */
export function pictureFacts(bytes: Uint8Array): PictureFacts | Flaw | null {
  const kind = pictureKind(latin1(bytes.subarray(0, SIGNATURE_BYTES)));
  if (kind === 'png') return pngFacts(bytes);
  if (kind === 'jpeg') return jpegFacts(bytes);
  return kind === 'webp' ? webpFacts(bytes) : null;
}

const NAME_AND_LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** An animated one is fine: decoders show its first picture. */
function pngFacts(bytes: Uint8Array): PictureFacts | Flaw {
  const numbers = view(bytes);
  let hasPixels = false;
  for (let at = PNG_SIGNATURE.length; at + NAME_AND_LENGTH_BYTES <= bytes.length; ) {
    const end = at + NAME_AND_LENGTH_BYTES + numbers.getUint32(at) + CHECKSUM_BYTES;
    const name = latin1(bytes.subarray(at + 4, at + 8));
    if ((at === PNG_SIGNATURE.length) !== (name === 'IHDR')) return 'damaged';
    if (end > bytes.length) return 'cut';
    if (name === 'IDAT') hasPixels = true;
    // Behind the signature, the length and the name of the first chunk.
    if (name === 'IEND') return hasPixels ? upright('png', numbers.getUint32(16), numbers.getUint32(20)) : 'damaged';
    at = end;
  }
  return 'cut';
}

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
/** Temporary, restarts, start of image: no length follows. */
const isStandalone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
/** All sixteen but Huffman tables, the extension, and arithmetic conditioning. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpegFacts(bytes: Uint8Array): PictureFacts | Flaw {
  const numbers = view(bytes);
  let frame: PictureFacts | null = null;
  let scans = 0;
  let at = markerFrom(bytes, 2);
  for (let marker = bytes[at]; marker !== undefined; marker = bytes[at]) {
    if (marker === END_OF_IMAGE) return scans > 0 && frame ? frame : 'damaged';
    if (isStandalone(marker)) {
      at = markerFrom(bytes, at + 1);
      continue;
    }
    const end = at + 3 <= bytes.length ? at + 1 + numbers.getUint16(at + 1) : bytes.length + 1;
    if (end > bytes.length) return 'cut';
    if (isFrame(marker)) {
      // One frame a picture; length, sample precision, height, width.
      if (frame || end < at + 8) return 'damaged';
      frame = upright('jpeg', numbers.getUint16(at + 6), numbers.getUint16(at + 4));
    }
    if (marker === START_OF_SCAN) scans += 1;
    if (scans > MOST_JPEG_SCANS) return 'scans';
    at = markerFrom(bytes, Math.max(end, at + 3));
  }
  return 'cut';
}

/** The place of the next marker's second byte; the file's length when there is none. Coded pixels have no marker but FF 00. */
function markerFrom(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return bytes.length;
    while (bytes[at] === 0xff) at += 1;
    if (bytes[at] !== 0) return at;
  }
}

const RIFF_HEADER_BYTES = 12;
const PIXELS: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'ANMF']);

/** Of an animated one decoders show the first picture. */
function webpFacts(bytes: Uint8Array): PictureFacts | Flaw {
  const numbers = view(bytes);
  const fileEnd = NAME_AND_LENGTH_BYTES + numbers.getUint32(4, true);
  if (fileEnd > bytes.length) return 'cut';
  let facts: PictureFacts | null = null;
  let hasPixels = false;
  for (let at = RIFF_HEADER_BYTES; at + NAME_AND_LENGTH_BYTES <= fileEnd; ) {
    const name = latin1(bytes.subarray(at, at + 4));
    const dataAt = at + NAME_AND_LENGTH_BYTES;
    const dataEnd = dataAt + numbers.getUint32(at + 4, true);
    if (dataEnd > fileEnd) return 'cut';
    const data = bytes.subarray(dataAt, dataEnd);
    const header = facts ? null : webpHeader(name, data.subarray(0, 10));
    if (header) facts = upright('webp', header.widthPx, header.heightPx);
    if (!facts) return 'damaged';
    if (name === 'EXIF' && facts.exifNameAt === null) {
      facts = { ...facts, orientation: exifOrientation(data), exifNameAt: at };
    }
    if (PIXELS.has(name)) hasPixels = true;
    at = dataEnd + (dataEnd % 2);
  }
  return facts && hasPixels ? facts : 'damaged';
}

function upright(kind: PictureKind, widthPx: number, heightPx: number): PictureFacts {
  return { kind, widthPx, heightPx, orientation: 1, exifNameAt: null };
}

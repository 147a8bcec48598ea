/** Picture files whose headers make sense, of any size; and files that try to fool who reads them. */
import { deflateSync } from 'node:zlib';
import { bytesOf, jpegSegment, pngChunk, webp, webpChunk } from './files';

const u16 = (value: number) => bytesOf(value >> 8, value & 0xff);
const u32 = (value: number) => bytesOf(u16(value >>> 16), u16(value & 0xffff));
const u24LittleEndian = (value: number) => bytesOf(value & 0xff, (value >> 8) & 0xff, value >> 16);

export interface Sides {
  readonly widthPx: number;
  readonly heightPx: number;
}

export const SQUARE: Sides = { widthPx: 64, heightPx: 64 };

/** Grey with a bit a pixel: a large one is a small file. Whole, with the right checksums. */
export function greyPng({ widthPx, heightPx }: Sides, ...extra: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(heightPx * (1 + Math.ceil(widthPx / 8)));
  const header = pngChunk('IHDR', bytesOf(u32(widthPx), u32(heightPx), 1, 0, 0, 0, 0));
  const pixels = pngChunk('IDAT', deflateSync(rows));
  return bytesOf('\x89PNG\r\n\x1a\n', header, ...extra, pixels, pngChunk('IEND', bytesOf()));
}

/** Only its header claims the size. */
export function claimedPng({ widthPx, heightPx }: Sides): Uint8Array<ArrayBuffer> {
  const header = pngChunk('IHDR', bytesOf(u32(widthPx), u32(heightPx), 8, 6, 0, 0, 0));
  return bytesOf(
    '\x89PNG\r\n\x1a\n',
    header,
    pngChunk('IDAT', deflateSync(new Uint8Array(9))),
    pngChunk('IEND', bytesOf()),
  );
}

export const jpegFrame = ({ widthPx, heightPx }: Sides, marker = 0xc0) =>
  jpegSegment(marker, bytesOf(8, u16(heightPx), u16(widthPx), 1, 1, 0x11, 0));

export const jpegScan = bytesOf(
  jpegSegment(0xda, bytesOf(1, 1, 0, 0, 63, 0)),
  'pixels',
  0xff,
  0,
  'pixels',
  0xff,
  0xd0,
  'pixels',
);

export const claimedJpeg = (sides: Sides, ...segments: readonly Uint8Array[]) =>
  bytesOf('\xff\xd8', ...segments, jpegFrame(sides), jpegScan, '\xff\xd9');

/**
 * A stray byte behind a segment: libjpeg goes on from there; a reader that looks for the next length from the segment's
 * start, byte by byte, finds the frame that is hidden inside.
 */
export function forkedJpeg(shown: Sides, decoded: Sides): Uint8Array<ArrayBuffer> {
  const hidden = jpegSegment(0xe2, bytesOf(0, 0, 0, 4, 0, 0, jpegFrame(shown)));
  const roomForWrongLengths = new Uint8Array(0x10000);
  return bytesOf('\xff\xd8', hidden, 0, jpegFrame(decoded), jpegScan, '\xff\xd9', roomForWrongLengths);
}

const vp8 = ({ widthPx, heightPx }: Sides) =>
  webpChunk(
    'VP8 ',
    bytesOf('tag', 0x9d, 1, 0x2a, widthPx & 0xff, widthPx >> 8, heightPx & 0xff, heightPx >> 8, 'pixel'),
  );

export const claimedWebp = (sides: Sides) => webp(vp8(sides));

export const extendedWebp = ({ widthPx, heightPx }: Sides, ...chunks: readonly Uint8Array[]) => {
  const header = bytesOf(0, 0, 0, 0, u24LittleEndian(widthPx - 1), u24LittleEndian(heightPx - 1));
  return webp(webpChunk('VP8X', header), ...chunks, vp8({ widthPx, heightPx }));
};

/** The first directory of a TIFF with one entry. */
export function exifBlock(orientation: number, order: 'II' | 'MM' = 'MM'): Uint8Array<ArrayBuffer> {
  const numbers = new DataView(new ArrayBuffer(26));
  const isLittle = order === 'II';
  numbers.setUint16(0, isLittle ? 0x4949 : 0x4d4d);
  numbers.setUint16(2, 42, isLittle);
  numbers.setUint32(4, 8, isLittle);
  numbers.setUint16(8, 1, isLittle);
  numbers.setUint16(10, 0x0112, isLittle);
  numbers.setUint16(12, 3, isLittle);
  numbers.setUint32(14, 1, isLittle);
  numbers.setUint16(18, orientation, isLittle);
  return new Uint8Array(numbers.buffer);
}

/** The same picture, with Exif that says how the camera was held. */
export function held(bytes: Uint8Array, type: string, orientation: number): Uint8Array<ArrayBuffer> {
  const exif = exifBlock(orientation, orientation % 2 ? 'II' : 'MM');
  if (type === 'image/png') return bytesOf(bytes.subarray(0, 33), pngChunk('eXIf', exif), bytes.subarray(33));
  if (type === 'image/jpeg') {
    return bytesOf(bytes.subarray(0, 2), jpegSegment(0xe1, bytesOf('Exif\0\0', exif)), bytes.subarray(2));
  }
  // Expects the extended form, which browsers write; this flag says that Exif follows.
  const flags = (bytes[20] ?? 0) | 0x08;
  return webp(bytes.subarray(12, 20), bytesOf(flags), bytes.subarray(21), webpChunk('EXIF', exif));
}

/** Picture files for tests: real ones, and small ones built here, whose pixels no test looks at. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { PictureParameters } from '../../../src/images/parameters';
import { ROOT } from '../repository/sources';

export const APPLE: PictureParameters = {
  prompt: 'a red apple on a blue background',
  seed: 4294967295,
  steps: 4,
  model: 'pocket',
  aspectRatio: '16:9',
  resolution: '4K',
  widthPx: 4096,
  heightPx: 2304,
  software: 'Tessera 0.1.0',
};

/** Latin-1 text, numbers as bytes. */
export function bytesOf(...pieces: readonly (string | number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Buffer.concat(
      pieces.map((piece) => {
        if (typeof piece === 'string') return Buffer.from(piece, 'latin1');
        return typeof piece === 'number' ? Buffer.from([piece]) : piece;
      }),
    ),
  );
}

export function pngChunk(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new DataView(new ArrayBuffer(8));
  frame.setUint32(0, data.length);
  frame.setUint32(4, crc32(bytesOf(name, data)));
  const numbers = new Uint8Array(frame.buffer);
  return bytesOf(numbers.subarray(0, 4), name, data, numbers.subarray(4));
}

const PNG_HEADER = pngChunk('IHDR', bytesOf(0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0));

export const png = (...chunks: readonly Uint8Array[]) =>
  bytesOf('\x89PNG\r\n\x1a\n', PNG_HEADER, ...chunks, pngChunk('IDAT', bytesOf('pixels')), pngChunk('IEND', bytesOf()));

export function jpegSegment(marker: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = data.length + 2;
  return bytesOf(0xff, marker, length >> 8, length & 0xff, data);
}

const JFIF = jpegSegment(0xe0, bytesOf('JFIF\0', 1, 1, 0, 0, 1, 0, 1, 0, 0));
const QUANTISATION = jpegSegment(0xdb, new Uint8Array(65));

export const jpeg = (...segments: readonly Uint8Array[]) =>
  bytesOf('\xff\xd8', JFIF, ...segments, QUANTISATION, jpegSegment(0xda, new Uint8Array(10)), 'pixels', '\xff\xd9');

export function webpChunk(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, data.length, true);
  return bytesOf(name, new Uint8Array(length.buffer), data, new Uint8Array(data.length % 2));
}

export function webp(...chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return bytesOf(webpChunk('RIFF', bytesOf('WEBP', ...chunks)));
}

/** Both 16383 x 300, the widest there is; the bits above the lossy size are its scale. */
export const lossy = webpChunk('VP8 ', bytesOf('tag', 0x9d, 1, 0x2a, 0xff, 0x7f, 0x2c, 0x41, 'pixel'));
export const lossless = (hasAlpha: boolean) =>
  webpChunk('VP8L', bytesOf(0x2f, 0xfe, 0xff, 0x4a, hasAlpha ? 0x10 : 0, 'pixels'));

/** What this project ships: an extended WebP with a colour profile. */
const shipped = (path: string, type: string) => new Blob([readFileSync(join(ROOT, path))], { type });

export const PICTURES: Readonly<Record<string, Blob>> = {
  'a real webp': shipped('docs/contact-sheet.webp', 'image/webp'),
  'a small png': new Blob([png()], { type: 'image/png' }),
  'a small jpeg': new Blob([jpeg()], { type: 'image/jpeg' }),
  'a lossy webp': new Blob([webp(lossy)], { type: 'image/webp' }),
  'a lossless webp': new Blob([webp(lossless(false))], { type: 'image/webp' }),
};

export async function bytesIn(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

/** Counts the bytes that are read of it. */
export class CountingBlob extends Blob {
  readBytes = 0;

  override slice(start = 0, end = this.size): Blob {
    this.readBytes += Math.max(0, Math.min(end, this.size) - start);
    return super.slice(start, end);
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    this.readBytes += this.size;
    return super.arrayBuffer();
  }
}

/** XMP in WebP files: https://developers.google.com/speed/webp/docs/riff_container */
import { fromLatin1, latin1, type Part, readBytes, view, walk } from './bytes';

/** RIFF and WEBP, with the file's length between them. */
export const WEBP_SIGNATURE = /^RIFF....WEBP/s;

const FILE_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const MOST_PACKET_BYTES = 256 * 1024;

const EXTENDED = 'VP8X';
const XMP = 'XMP ';
const HAS_XMP = 0x04;
const HAS_ALPHA = 0x10;

/** The same picture with this packet, in place of any it had; null when the file is not a WebP. */
export async function withWebpPacket(file: Blob, packet: Uint8Array): Promise<Blob | null> {
  const parts = await chunks(file);
  const header = parts?.[0] && (await extendedHeader(file, parts[0]));
  if (!parts || !header) return null;
  const kept = parts.filter(({ name }) => name !== EXTENDED && name !== XMP);
  const last = chunkBytes(XMP, packet);
  const bodyBytes = kept.reduce((sum, { start, end }) => sum + end - start, header.length + last.length);
  const pieces = [riffHeader(bodyBytes), header, ...kept.map(({ start, end }) => file.slice(start, end)), last];
  return new Blob(pieces, { type: file.type });
}

export async function webpPacket(file: Blob): Promise<Uint8Array | null> {
  const part = (await chunks(file))?.find(({ name }) => name === XMP);
  if (!part || part.dataEnd - part.dataStart > MOST_PACKET_BYTES) return null;
  return readBytes(file, part.dataStart, part.dataEnd);
}

async function chunks(file: Blob): Promise<Part[] | null> {
  const header = await readBytes(file, 0, FILE_HEADER_BYTES);
  if (header.length < FILE_HEADER_BYTES) return null;
  const end = Math.min(file.size, CHUNK_HEADER_BYTES + view(header).getUint32(4, true));
  return walk(file, { start: FILE_HEADER_BYTES, end, headerBytes: CHUNK_HEADER_BYTES, part: chunk, lastName: null });
}

function chunk(header: Uint8Array, start: number): Part {
  const dataStart = start + CHUNK_HEADER_BYTES;
  const dataEnd = dataStart + view(header).getUint32(4, true);
  return { name: latin1(header.subarray(0, 4)), start, dataStart, dataEnd, end: dataEnd + (dataEnd % 2) };
}

/** The chunk that says what else is in the file; simple files have none, theirs is made from the picture's own header. */
async function extendedHeader(file: Blob, first: Part): Promise<Uint8Array<ArrayBuffer> | null> {
  const data = await readBytes(file, first.dataStart, Math.min(first.dataEnd, first.dataStart + 10));
  const picture = webpHeader(first.name, data);
  if (first.name === EXTENDED) return picture && chunkBytes(EXTENDED, withFlag(data));
  return picture && chunkBytes(EXTENDED, extendedData(picture));
}

interface PictureHeader {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly hasAlpha: boolean;
}

/** What the first chunk says of the picture, from its name and its first 10 bytes. */
export function webpHeader(name: string, data: Uint8Array): PictureHeader | null {
  if (name === EXTENDED) return extended(data);
  if (name === 'VP8 ') return lossy(data);
  return name === 'VP8L' ? lossless(data) : null;
}

/** The inverse of `extendedData`. */
function extended(data: Uint8Array): PictureHeader | null {
  if (data.length < 10) return null;
  const side = (at: number) => 1 + (view(data).getUint32(at, true) >>> 8);
  return { widthPx: side(3), heightPx: side(6), hasAlpha: ((data[0] ?? 0) & HAS_ALPHA) !== 0 };
}

/** A key frame: 3 bytes of tag, the start code, 14 bits each of width and height below 2 of scale. RFC 6386, 9.1. */
function lossy(data: Uint8Array): PictureHeader | null {
  if (data.length < 10 || latin1(data.subarray(3, 6)) !== '\x9d\x01\x2a') return null;
  const size = (at: number) => view(data).getUint16(at, true) & 0x3fff;
  return { widthPx: size(6), heightPx: size(8), hasAlpha: false };
}

/** A signature byte, then 14 bits each of width and height less one, then the alpha bit. */
function lossless(data: Uint8Array): PictureHeader | null {
  if (data.length < 5 || data[0] !== 0x2f) return null;
  const bits = view(data).getUint32(1, true);
  const size = (shift: number) => 1 + ((bits >>> shift) & 0x3fff);
  return { widthPx: size(0), heightPx: size(14), hasAlpha: (bits & 0x10000000) !== 0 };
}

function withFlag(data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const changed = data.slice();
  changed[0] = (data[0] ?? 0) | HAS_XMP;
  return changed;
}

/** Flags, 3 reserved bytes, then width and height less one in 24 bits each. */
function extendedData({ widthPx, heightPx, hasAlpha }: PictureHeader): Uint8Array {
  const data = new Uint8Array(10);
  data[0] = HAS_XMP | (hasAlpha ? HAS_ALPHA : 0);
  view(data).setUint16(4, widthPx - 1, true);
  view(data).setUint16(7, heightPx - 1, true);
  return data;
}

/** Name, length, data, and a zero where the length is odd. */
function chunkBytes(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(CHUNK_HEADER_BYTES + data.length + (data.length % 2));
  bytes.set(fromLatin1(name));
  view(bytes).setUint32(4, data.length, true);
  bytes.set(data, CHUNK_HEADER_BYTES);
  return bytes;
}

function riffHeader(bodyBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = fromLatin1('RIFF\0\0\0\0WEBP');
  view(bytes).setUint32(4, 4 + bodyBytes, true);
  return bytes;
}

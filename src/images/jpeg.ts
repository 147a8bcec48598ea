/** XMP in JPEG files: one APP1 segment, as part 3 of the XMP specification (ISO 16684) says. */
import { fromLatin1, latin1, type Part, readBytes, view, walk } from './bytes';

export const JPEG_SIGNATURE = '\xff\xd8\xff';

const APP0 = 'e0';
const APP1 = 'e1';
const START_OF_SCAN = 'da';
const FILL = 'ff';
/** Start of image, temporary, restarts, end of image: they have no length and no place in front of the pixels. */
const STANDALONE = /^(01|d[0-9])$/;

const XMP = 'http://ns.adobe.com/xap/1.0/\0';

/** The length of a segment is 16 bits and counts itself. */
export const MOST_PACKET_BYTES = 0xffff - 2 - XMP.length;

/** The same picture with this packet, in place of any it had; null when the file is not a JPEG or the packet is too long. */
export async function withJpegPacket(file: Blob, packet: Uint8Array): Promise<Blob | null> {
  const parts = await segments(file);
  if (parts === null || packet.length > MOST_PACKET_BYTES) return null;
  const kept: Part[] = [];
  for (const part of parts) if (!(await isXmp(file, part))) kept.push(part);
  // JFIF and Exif readers look for theirs first.
  const leading = kept.findIndex(({ name }) => name !== APP0 && name !== APP1);
  const slices = kept.map(({ name, start, end }) => file.slice(start, name === START_OF_SCAN ? file.size : end));
  const pieces = [file.slice(0, 2), ...slices.slice(0, leading), segment(packet), ...slices.slice(leading)];
  return new Blob(pieces, { type: file.type });
}

export async function jpegPacket(file: Blob): Promise<Uint8Array | null> {
  for (const part of (await segments(file)) ?? []) {
    if (await isXmp(file, part)) return readBytes(file, part.dataStart + XMP.length, part.dataEnd);
  }
  return null;
}

function segments(file: Blob): Promise<Part[] | null> {
  return walk(file, { start: 2, end: file.size, headerBytes: 4, part: segmentAt, lastName: START_OF_SCAN });
}

function segmentAt(header: Uint8Array, start: number): Part | null {
  const name = (header[1] ?? 0).toString(16).padStart(2, '0');
  if (header[0] !== 0xff || STANDALONE.test(name)) return null;
  if (name === FILL) return { name, start, dataStart: start + 1, dataEnd: start + 1, end: start + 1 };
  const end = start + 2 + view(header).getUint16(2);
  return { name, start, dataStart: start + 4, dataEnd: end, end };
}

async function isXmp(file: Blob, { name, dataStart, dataEnd }: Part): Promise<boolean> {
  if (name !== APP1 || dataEnd - dataStart < XMP.length) return false;
  return latin1(await readBytes(file, dataStart, dataStart + XMP.length)) === XMP;
}

function segment(packet: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + XMP.length + packet.length);
  bytes.set([0xff, 0xe1]);
  view(bytes).setUint16(2, bytes.length - 2);
  bytes.set(fromLatin1(XMP), 4);
  bytes.set(packet, 4 + XMP.length);
  return bytes;
}

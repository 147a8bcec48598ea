/** Bytes of a file, read where they are needed, and walked from part to part: pictures are never loaded whole. */

/** Reads `start` to `end`. A file that ends early, or that cannot be read (a folder was dropped), gives fewer bytes. */
export async function readBytes(file: Blob, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.slice(start, end).arrayBuffer());
  } catch {
    return new Uint8Array(0);
  }
}

export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A chunk or segment with its frame: length, name, checksum, padding. Offsets into the file, in bytes. */
export interface Part {
  readonly name: string;
  readonly start: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly end: number;
}

interface Walk {
  readonly start: number;
  readonly end: number;
  readonly headerBytes: number;
  /** From a header to its part; null when it cannot be one. */
  readonly part: (header: Uint8Array, start: number) => Part | null;
  /** The walk ends with the first part of this name, which may be cut short. */
  readonly lastName: string | null;
}

/** Pictures have a dozen; a file that claims more than this is no picture of ours. */
const MOST_PARTS = 1000;

/** The parts of a file in order, by their headers alone; null when they do not line up. */
export async function walk(file: Blob, { start, end, headerBytes, part, lastName }: Walk): Promise<Part[] | null> {
  const parts: Part[] = [];
  let at = start;
  while (at < end) {
    const header = await readBytes(file, at, at + headerBytes);
    const next = header.length === headerBytes && parts.length < MOST_PARTS ? part(header, at) : null;
    if (next === null) return null;
    parts.push(next);
    if (next.name === lastName) return parts;
    if (next.end > end) return null;
    at = next.end;
  }
  return lastName === null ? parts : null;
}

/** Protobuf as byte ranges: finds and writes the fields of a message without copying or understanding the rest. */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface Field {
  readonly number: number;
  /** Tag, length and content: what to copy to keep the field. */
  readonly whole: Uint8Array;
  /** What is inside; of an integer, its varint. */
  readonly content: Uint8Array;
}

/** A field to be written: an integer, a text, or a message that is already encoded. */
export type Entry = readonly [number: number, value: number | string | Uint8Array];

/** All are views into `message`. */
export function readFields(message: Uint8Array): Field[] {
  const reader = new BinaryReader(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, type] = reader.tag();
    const content = type === WireType.LengthDelimited ? reader.bytes() : reader.skip(type, number);
    fields.push({ number, whole: message.subarray(start, reader.pos), content });
  }
  return fields;
}

export function readText(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}

/** One varint, or several in a row: a packed list. */
export function readIntegers(content: Uint8Array): number[] {
  const reader = new BinaryReader(content);
  const integers: number[] = [];
  while (reader.pos < reader.len) integers.push(Number(reader.int64()));
  return integers;
}

export function encodeMessage(entries: readonly Entry[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of entries) {
    if (typeof value === 'number') writer.tag(number, WireType.Varint).int64(value);
    else if (typeof value === 'string') writer.tag(number, WireType.LengthDelimited).string(value);
    else writer.tag(number, WireType.LengthDelimited).bytes(value);
  }
  return writer.finish();
}

/** What stands before a message of this size. */
export function encodeHeader(number: number, sizeBytes: number): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(sizeBytes).finish();
}

export function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The one copy an edited file costs. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(totalBytes(parts));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
}

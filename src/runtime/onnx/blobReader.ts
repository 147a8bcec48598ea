/** Protobuf fields of a file too large to be read whole: only what is asked for is. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ApiError } from '../../api/errors';

/** Where a field lies in the file, in bytes: [start, end) with its tag, [contentStart, end) without tag and length. */
export interface FieldPlace {
  readonly number: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

/** Read at once: fields of a graph are small and many. */
const WINDOW_BYTES = 1 << 20;

/** A tag and a length are two varints of at most 10 bytes. */
const LONGEST_HEADER_BYTES = 20;

export class BlobReader {
  #window = new Uint8Array();
  #windowStart = 0;

  constructor(readonly file: Blob) {}

  /** The fields of the message that lies between two places. Throws `weights_damaged` where it is none. */
  async *fields(start: number, end: number): AsyncGenerator<FieldPlace> {
    for (let at = start; at < end; ) {
      const field = readHeader(await this.bytes(at, Math.min(end, at + LONGEST_HEADER_BYTES)), at);
      if (field.end > end) throw damaged();
      yield field;
      at = field.end;
    }
  }

  async bytes(start: number, end: number): Promise<Uint8Array> {
    const isInWindow = start >= this.#windowStart && end <= this.#windowStart + this.#window.length;
    if (!isInWindow) {
      if (end - start > WINDOW_BYTES) return this.#read(start, end);
      this.#window = await this.#read(start, Math.min(this.file.size, start + WINDOW_BYTES));
      this.#windowStart = start;
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart);
  }

  async #read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.file.slice(start, end).arrayBuffer());
  }
}

function readHeader(bytes: Uint8Array, start: number): FieldPlace {
  try {
    const reader = new BinaryReader(bytes);
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited) {
      const sizeBytes = reader.uint32();
      const contentStart = start + reader.pos;
      return { number, start, contentStart, end: contentStart + sizeBytes };
    }
    const contentStart = start + reader.pos;
    reader.skip(type, number);
    return { number, start, contentStart, end: start + reader.pos };
  } catch (cause) {
    throw damaged(cause);
  }
}

function damaged(cause?: unknown): ApiError {
  return new ApiError('weights_damaged', 'A graph of the model is not a valid ONNX file.', null, { cause });
}

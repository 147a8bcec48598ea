/** Cuts a stream of bytes, which comes in pieces of any length, into pieces of exact lengths. */
import { Interruption } from './retry';

type ReadPiece = () => Promise<Uint8Array | null>;

export class ByteReader {
  #rest: Uint8Array = new Uint8Array(0);

  constructor(private readonly readPiece: ReadPiece) {}

  /** Exactly `sizeBytes`, or an `Interruption`: a body cut short can end without any error (HTTP/1.1 without a length). */
  async take(sizeBytes: number, onBytes: (haveBytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    const taken = new Uint8Array(sizeBytes);
    let haveBytes = 0;
    while (haveBytes < sizeBytes) {
      const piece = await this.#next(sizeBytes - haveBytes);
      taken.set(piece, haveBytes);
      haveBytes += piece.length;
      onBytes(haveBytes);
    }
    return taken;
  }

  /** As `take`, or what is left where the body ends before: for files whose size nobody has told. */
  async takeUpTo(sizeBytes: number, onBytes: (haveBytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array[] = [];
    let haveBytes = 0;
    while (haveBytes < sizeBytes && !(await this.#isAtEnd())) {
      const piece = await this.#next(sizeBytes - haveBytes);
      pieces.push(piece);
      haveBytes += piece.length;
      onBytes(haveBytes);
    }
    const taken = new Uint8Array(haveBytes);
    pieces.reduce((at, piece) => {
      taken.set(piece, at);
      return at + piece.length;
    }, 0);
    return taken;
  }

  async skip(sizeBytes: number): Promise<void> {
    let leftBytes = sizeBytes;
    while (leftBytes > 0) leftBytes -= (await this.#next(leftBytes)).length;
  }

  async #isAtEnd(): Promise<boolean> {
    if (this.#rest.length > 0) return false;
    const piece = await this.readPiece();
    this.#rest = piece ?? new Uint8Array(0);
    return piece === null;
  }

  async #next(mostBytes: number): Promise<Uint8Array> {
    const available = this.#rest.length > 0 ? this.#rest : await this.readPiece();
    if (available === null) throw new Interruption('the answer ended early', 'weights_damaged');
    this.#rest = available.subarray(mostBytes);
    return available.subarray(0, mostBytes);
  }
}

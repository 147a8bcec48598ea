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

  async skip(sizeBytes: number): Promise<void> {
    let leftBytes = sizeBytes;
    while (leftBytes > 0) leftBytes -= (await this.#next(leftBytes)).length;
  }

  async #next(mostBytes: number): Promise<Uint8Array> {
    const available = this.#rest.length > 0 ? this.#rest : await this.readPiece();
    if (available === null) throw new Interruption('the answer ended early', 'weights_damaged');
    this.#rest = available.subarray(mostBytes);
    return available.subarray(0, mostBytes);
  }
}

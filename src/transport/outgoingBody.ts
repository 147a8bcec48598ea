/** A body on its way to the other side: no byte leaves before the other side has asked for it. */

/** A frame is small enough that an abort or another request waits for little, and large enough to cost little. */
const FRAME_BYTES = 262_144;

export class OutgoingBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #creditBytes = 0;
  #isStopped = false;
  #wake: (() => void) | null = null;

  constructor(
    body: ReadableStream<Uint8Array>,
    private readonly sendBytes: (bytes: Uint8Array<ArrayBuffer>) => void,
  ) {
    this.#reader = body.getReader();
  }

  /** Sends until the end. True when all was sent, false when stopped; throws what the body throws. */
  async run(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (this.#isStopped) return false;
      if (done) return true;
      if (!(value instanceof Uint8Array)) throw new TypeError('A body may only hold bytes.');
      await this.#sendChunk(value);
    }
  }

  giveCredit(bytes: number): void {
    this.#creditBytes += bytes;
    this.#wake?.();
  }

  /** Cancels the body; whoever makes it learns the reason. */
  stop(reason: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#wake?.();
    this.#reader.cancel(reason).catch(() => {});
  }

  /** Copies: the maker of a chunk may send it again (the space of a keep-alive), and a transferred buffer is gone. */
  async #sendChunk(chunk: Uint8Array): Promise<void> {
    for (let sent = 0; sent < chunk.length && !this.#isStopped; ) {
      while (this.#creditBytes === 0 && !this.#isStopped) await this.#moreCredit();
      if (this.#isStopped) return;
      const bytes = chunk.slice(sent, sent + Math.min(this.#creditBytes, FRAME_BYTES));
      this.#creditBytes -= bytes.length;
      sent += bytes.length;
      this.sendBytes(bytes);
    }
  }

  #moreCredit(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

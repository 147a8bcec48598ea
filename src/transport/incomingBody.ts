/** A body that arrives in frames. What was asked for and what is not read yet are together never more than the window. */

interface IncomingOptions {
  readonly windowBytes: number;
  /** Asks the other side for more. */
  readonly grant: (bytes: number) => void;
  /** The reader wants no more. */
  readonly onCancel: (reason: unknown) => void;
}

export class IncomingBody {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Set by `start`, which a stream calls before its constructor returns. */
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  /** Asked for and not arrived yet. */
  #askedBytes = 0;

  constructor(private readonly options: IncomingOptions) {
    this.stream = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#ask(),
        cancel: (reason) => {
          this.#controller = null;
          options.onCancel(reason);
        },
      },
      { highWaterMark: options.windowBytes, size: (bytes) => bytes?.length ?? 0 },
    );
  }

  /** False when the other side sent more than it was asked for. */
  accept(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (bytes.length > this.#askedBytes) return false;
    this.#askedBytes -= bytes.length;
    if (bytes.length > 0) this.#controller?.enqueue(bytes);
    return true;
  }

  end(): void {
    this.#controller?.close();
    this.#controller = null;
  }

  fail(reason: unknown): void {
    this.#controller?.error(reason);
    this.#controller = null;
  }

  /** Called by the stream whenever its queue has room: after each read, and after each frame that does not fill it. */
  #ask(): void {
    const freeBytes = (this.#controller?.desiredSize ?? 0) - this.#askedBytes;
    // Half a window at a time keeps the credits few and the frames full.
    if (freeBytes < this.options.windowBytes / 2 && this.#askedBytes > 0) return;
    if (freeBytes <= 0) return;
    this.#askedBytes += freeBytes;
    this.options.grant(freeBytes);
  }
}

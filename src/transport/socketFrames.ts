/** Frames over a WebSocket, packed with MessagePack: what carries `npm run serve`. Works at both ends, in a page and in Node. */
import { Decoder, Encoder } from '@msgpack/msgpack';
import type { Frame, FramePort } from './frames';

/** What the sockets of browsers and of `ws` have in common. */
export interface FrameSocket {
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: () => void): void;
}

/** Beyond any frame of ours: a piece of a body, with a little around it. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** Nothing of a frame has more parts than a list of headers. */
const DECODER_LIMITS = {
  maxStrLength: MAX_MESSAGE_BYTES,
  maxBinLength: MAX_MESSAGE_BYTES,
  maxArrayLength: 1024,
  maxMapLength: 16,
  maxExtLength: 0,
} as const;

/** Takes an open socket over: nobody else may listen to it or close it. */
export function socketFrames(socket: FrameSocket): FramePort {
  return new SocketFrames(socket);
}

class SocketFrames implements FramePort {
  onClose: (() => void) | null = null;
  #onFrame: ((received: unknown) => void) | null = null;
  /** What came and has no handler yet. */
  #early: unknown[] = [];
  #isClosed = false;
  readonly #encoder = new Encoder();
  readonly #decoder = new Decoder(DECODER_LIMITS);

  constructor(private readonly socket: FrameSocket) {
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.#receive(this.#unpack(data)));
    socket.addEventListener('close', () => this.#end());
  }

  get onFrame(): ((received: unknown) => void) | null {
    return this.#onFrame;
  }

  /** What came early follows soon, not at once: whoever sets the handler may not be ready for it yet. */
  set onFrame(handler: ((received: unknown) => void) | null) {
    this.#onFrame = handler;
    if (handler) queueMicrotask(() => this.#handOver());
  }

  /** The bytes are copied into the message. */
  send(frame: Frame): void {
    if (!this.#isClosed) this.socket.send(this.#encoder.encode(frame));
  }

  close(): void {
    this.send({ id: 0, kind: 'bye', meta: null, bytes: null });
    this.#end();
  }

  #receive(received: unknown): void {
    if (this.#isClosed) return;
    this.#early.push(received);
    this.#handOver();
  }

  #handOver(): void {
    while (this.#onFrame && this.#early.length > 0) this.#onFrame(this.#early.shift());
  }

  /** Null, which is no frame, for anything that is no message of ours. */
  #unpack(data: unknown): unknown {
    if (!(data instanceof ArrayBuffer)) return null;
    try {
      return this.#decoder.decode(new Uint8Array(data));
    } catch {
      return null;
    }
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#early = [];
    this.socket.close();
    this.onClose?.();
  }
}

/** Frames over a MessagePort, as objects. */
import type { Frame, FramePort } from './frames';

/**
 * Takes the port over: nobody else may listen to it or close it.
 *
 * A MessagePort tells of the other side's end by a `close` event, in Chromium since version 122; elsewhere by our `bye`, or
 * by silence (see heartbeat.ts).
 */
export function messagePortFrames(port: MessagePort): FramePort {
  return new MessagePortFrames(port);
}

class MessagePortFrames implements FramePort {
  readonly carriesBlobs = true;
  onClose: (() => void) | null = null;
  #onFrame: ((received: unknown) => void) | null = null;
  #isClosed = false;

  constructor(private readonly port: MessagePort) {
    port.addEventListener('message', (event) => this.#onFrame?.(event.data));
    port.addEventListener('close', () => this.#end());
  }

  get onFrame(): ((received: unknown) => void) | null {
    return this.#onFrame;
  }

  /** A MessagePort keeps what arrives before its start. */
  set onFrame(handler: ((received: unknown) => void) | null) {
    this.#onFrame = handler;
    if (handler) this.port.start();
  }

  send(frame: Frame, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.#isClosed) this.port.postMessage(frame, [...transfer]);
  }

  close(): void {
    this.send({ id: 0, kind: 'bye', meta: null, bytes: null });
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.port.close();
    this.onClose?.();
  }
}

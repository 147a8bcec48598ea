/** The frame that Tessera runs in, and a `fetch` into it that outlives a reload of the frame. */
import { ApiError } from '../api/errors';
import { fetchOver } from '../transport/fetchOver';
import type { FramePort } from '../transport/frames';
import { portOfChild } from '../transport/iframeParent';
import { messagePortFrames } from '../transport/messagePort';

export interface FrameOptions {
  /** Absolute. */
  readonly src: string;
  readonly title: string;
  /** How long the page in the frame may take until it answers. */
  readonly timeoutMs: number;
}

export class EmbedFrame {
  readonly iframe: HTMLIFrameElement;
  readonly #closed = new AbortController();
  #port: FramePort | null = null;
  #connection: Promise<typeof fetch>;

  constructor(
    element: Element,
    private readonly options: FrameOptions,
  ) {
    const { src, title } = options;
    // Threads for models on the CPU; the browser grants them where this page is cross-origin isolated itself.
    this.iframe = Object.assign(document.createElement('iframe'), { src, title, allow: 'cross-origin-isolated' });
    let loads = 0;
    this.iframe.addEventListener('load', () => {
      loads += 1;
      if (loads > 1) this.#reconnect();
    });
    element.append(this.iframe);
    this.#connection = this.#connect();
    this.#connection.catch(() => {});
  }

  readonly fetch: typeof fetch = async (input, init) => (await this.#connection)(input, init);

  /** Settles with the first connection; what failed or was given up leaves no frame behind. */
  async opened(signal: AbortSignal | undefined): Promise<void> {
    const giveUp = () => this.#closed.abort(signal?.reason);
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await this.#connection;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  close(): void {
    this.#closed.abort(new TypeError('Tessera was closed.'));
    this.#port?.close();
    this.iframe.remove();
  }

  /** While the first page has not answered yet, whichever page comes may. */
  #reconnect(): void {
    if (!this.#port) return;
    this.#port.close();
    this.#port = null;
    this.#connection = this.#connect();
    this.#connection.catch(() => {});
  }

  async #connect(): Promise<typeof fetch> {
    const { src, timeoutMs } = this.options;
    const frame = this.iframe.contentWindow;
    if (!frame) throw new ApiError('engine_unavailable', 'The element that Tessera is to live in is in no document.');
    const signal = this.#closed.signal;
    try {
      this.#port = messagePortFrames(await portOfChild(frame, { childOrigin: new URL(src).origin, timeoutMs, signal }));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const hint = `is it there, and does the embed.json beside it list ${location.origin}?`;
      throw new ApiError('engine_unavailable', `No answer from ${src}: ${hint}`, null, { cause: error });
    }
    return fetchOver(this.#port, { baseUrl: src });
  }
}

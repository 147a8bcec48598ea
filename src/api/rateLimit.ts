/** Requests a minute and key, counted in windows that begin with their first request. Invalid requests do not count. */
import { ApiError } from './errors';

const WINDOW_MS = 60_000;

interface Window {
  readonly endsAtMs: number;
  used: number;
}

export class RateLimit {
  readonly #windows = new Map<string, Window>();

  constructor(
    private readonly limit: number,
    private readonly nowMs: () => number,
  ) {}

  /** @throws ApiError `rate_limit` with the seconds until the window ends */
  take(keyId: string): void {
    const window = this.#window(keyId);
    if (window.used < this.limit) {
      window.used++;
      return;
    }
    const retryAfterS = Math.max(1, Math.ceil((window.endsAtMs - this.nowMs()) / 1000));
    const message = `More than ${this.limit} requests within a minute. Try again in ${retryAfterS} s.`;
    throw new ApiError('rate_limit', message, null, { retryAfterS });
  }

  /** The request turned out to be wrong in itself. */
  giveBack(keyId: string): void {
    const window = this.#window(keyId);
    window.used = Math.max(0, window.used - 1);
  }

  headers(keyId: string): Readonly<Record<string, string>> {
    const { used, endsAtMs } = this.#window(keyId);
    return {
      'x-ratelimit-limit': String(this.limit),
      'x-ratelimit-remaining': String(this.limit - used),
      'x-ratelimit-reset': String(Math.ceil(endsAtMs / 1000)),
    };
  }

  #window(keyId: string): Window {
    const nowMs = this.nowMs();
    for (const [id, { endsAtMs }] of this.#windows) if (endsAtMs <= nowMs) this.#windows.delete(id);
    const window = this.#windows.get(keyId) ?? { endsAtMs: nowMs + WINDOW_MS, used: 0 };
    this.#windows.set(keyId, window);
    return window;
  }
}

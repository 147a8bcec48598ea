/** Finds out that the other side is gone where nothing else tells: a crashed frame (Chromium 156 fires no `close`), a killed worker. */

const PING_EVERY_MS = 5_000;

/** A page that draws answers within milliseconds; one that is frozen or crashed never does. */
const SILENCE_LIMIT_MS = 30_000;

interface HeartbeatOptions {
  readonly ping: () => void;
  /** Called at most once. */
  readonly onSilence: () => void;
}

export class Heartbeat {
  #timer: ReturnType<typeof setInterval> | null = null;
  /** When the oldest unanswered ping was sent. */
  #waitingSinceMs: number | null = null;
  #lastTickMs = 0;

  constructor(private readonly options: HeartbeatOptions) {}

  /** Any frame is a sign of life. */
  heard(): void {
    this.#waitingSinceMs = null;
  }

  start(): void {
    if (this.#timer !== null) return;
    this.heard();
    this.#lastTickMs = Date.now();
    this.#timer = setInterval(() => this.#tick(), PING_EVERY_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    const nowMs = Date.now();
    // After a sleep of the machine the timer may fire before the answers that wait behind it; start over.
    const overslept = nowMs - this.#lastTickMs > SILENCE_LIMIT_MS + 2 * PING_EVERY_MS;
    this.#lastTickMs = nowMs;
    if (overslept || this.#waitingSinceMs === null) this.#waitingSinceMs = nowMs;
    if (nowMs - this.#waitingSinceMs >= SILENCE_LIMIT_MS) {
      this.stop();
      this.options.onSilence();
      return;
    }
    this.options.ping();
  }
}

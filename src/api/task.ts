/**
 * A running request, apart from who waits for it. Nobody waiting any more ends it: at once in the page, over HTTP after a
 * while, since SDKs send a request again when their line breaks, and would pay twice.
 */
import { ApiError } from './errors';

export type Work<Event, Result> = (context: {
  readonly signal: AbortSignal;
  readonly emit: (event: Event) => void;
}) => Promise<Result>;

export class Task<Event, Result> {
  readonly result: Promise<Result>;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<(event: Event) => void>();
  #waiting = 0;
  #isSettled = false;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    work: Work<Event, Result>,
    private readonly graceMs: number,
  ) {
    const emit = (event: Event) => {
      for (const listener of this.#listeners) listener(event);
    };
    this.result = work({ signal: this.#abort.signal, emit });
    const settle = () => {
      this.#isSettled = true;
      clearTimeout(this.#graceTimer);
    };
    this.result.then(settle, settle);
  }

  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Somebody waits, until the returned function is called. */
  attach(): () => void {
    this.#waiting++;
    clearTimeout(this.#graceTimer);
    let isAttached = true;
    return () => {
      if (!isAttached) return;
      isAttached = false;
      this.#waiting--;
      if (this.#waiting === 0 && !this.#isSettled) this.#abandon();
    };
  }

  #abandon(): void {
    const end = () => this.#abort.abort(new ApiError('cancelled', 'The request was cancelled.'));
    if (this.graceMs === 0) end();
    else this.#graceTimer = setTimeout(end, this.graceMs);
  }
}

/** Tasks by what was asked, while they run and a little longer: for those who ask again. */
export class TaskRegistry<Event, Result> {
  readonly #tasks = new Map<string, Task<Event, Result>>();

  constructor(private readonly graceMs: number) {}

  find(fingerprint: string): Task<Event, Result> | null {
    return this.#tasks.get(fingerprint) ?? null;
  }

  start(fingerprint: string, work: Work<Event, Result>): Task<Event, Result> {
    const task = new Task(work, this.graceMs);
    this.#tasks.set(fingerprint, task);
    const forget = () => {
      if (this.#tasks.get(fingerprint) === task) this.#tasks.delete(fingerprint);
    };
    // What failed is tried anew.
    task.result.then(() => setTimeout(forget, this.graceMs), forget);
    return task;
  }
}

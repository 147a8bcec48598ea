/** One GPU, one running job: the others wait in line, in the order they came. */
import PQueue from 'p-queue';
import { abortable } from '../api/abortable';
import type { DrawEvent, DrawingEngine, DrawnPicture, DrawRequest } from '../api/deps';
import { ApiError } from '../api/errors';

/** Jobs waiting or running; the next one is told to come back. */
export const QUEUE_CAPACITY = 128;

/** SDKs follow a `Retry-After` of at most a minute (contracts/hosted-api.md, §8). */
const MAX_RETRY_AFTER_S = 60;
/** How much the last job counts in what one job takes. */
const RECENT_WEIGHT = 0.3;

export interface DrawOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: DrawEvent) => void;
}

export type Draw = (request: DrawRequest, options: DrawOptions) => Promise<DrawnPicture>;

/** A job's place in the line. */
interface Place {
  readonly tell: (event: DrawEvent) => void;
  /** The position told last. */
  told: number;
}

/**
 * @example
 * const engine = new DrawingQueue((request, options) => supervisor.draw(request, options));
 * const picture = await engine.draw(request, { signal, onEvent: console.log });
 */
export class DrawingQueue implements DrawingEngine {
  readonly #draw: Draw;
  readonly #queue = new PQueue({ concurrency: 1 });
  /** The running job first. A cancelled one keeps its place until it has left the device. */
  readonly #line: Place[] = [];
  /** Ends what runs only because nothing was to be drawn. */
  #giveWay = new AbortController();
  #jobMs: number | null = null;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  get pending(): number {
    return this.#line.length;
  }

  async draw(request: DrawRequest, { signal, onEvent }: DrawOptions): Promise<DrawnPicture> {
    if (signal.aborted) throw cancelled(signal);
    if (this.#line.length >= QUEUE_CAPACITY) throw this.#full();
    this.#giveWay.abort();
    const place: Place = { tell: shielded(onEvent), told: Number.NaN };
    const waiting = linked(signal);
    const job = this.#queue.add(
      () => {
        // From here on the job is the device's: p-queue would start the next one while this one still leaves it.
        waiting.unlink();
        return this.#run(request, { signal, onEvent: place.tell });
      },
      { signal: waiting.signal },
    );
    this.#line.push(place);
    this.#tellPositions();
    const leave = () => this.#leave(place);
    job.then(leave, leave).finally(waiting.unlink);
    try {
      return await abortable(job, signal);
    } catch (error) {
      throw signal.aborted ? cancelled(signal) : error;
    }
  }

  /**
   * Work on the device while nothing is to be drawn: it takes no place in the line, and ends with the next job, or with other
   * work of its kind.
   *
   * @throws ApiError `cancelled` then, or at once where a job is in line
   */
  async whileIdle<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#giveWay.abort();
    this.#giveWay = new AbortController();
    if (this.#line.length > 0) this.#giveWay.abort();
    const ended = AbortSignal.any([signal, this.#giveWay.signal]);
    if (ended.aborted) throw cancelled(ended);
    // Without the signal: what follows waits until the device is free.
    const job = this.#queue.add(() => {
      ended.throwIfAborted();
      return work(ended);
    });
    try {
      return await abortable(job, ended);
    } catch (error) {
      throw ended.aborted ? cancelled(ended) : error;
    }
  }

  async #run(request: DrawRequest, options: DrawOptions): Promise<DrawnPicture> {
    const startMs = performance.now();
    const picture = await this.#draw(request, options);
    const tookMs = performance.now() - startMs;
    this.#jobMs = this.#jobMs === null ? tookMs : this.#jobMs + RECENT_WEIGHT * (tookMs - this.#jobMs);
    return picture;
  }

  #leave(place: Place): void {
    this.#line.splice(this.#line.indexOf(place), 1);
    this.#tellPositions();
  }

  #tellPositions(): void {
    for (const [position, place] of this.#line.entries()) {
      if (place.told === position) continue;
      place.told = position;
      place.tell({ type: 'queued', position });
    }
  }

  /** A place is free when the running job ends. */
  #full(): ApiError {
    const seconds = Math.ceil((this.#jobMs ?? 0) / 1000);
    const retryAfterS = Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_S);
    const message = `All ${QUEUE_CAPACITY} places in the queue are taken. Try again in ${retryAfterS} s.`;
    return new ApiError('rate_limit', message, null, { retryAfterS });
  }
}

function cancelled({ reason }: AbortSignal): ApiError {
  return new ApiError('cancelled', 'The request was cancelled.', null, { cause: reason });
}

/** What a listener throws is for the console: it must not stop the line. */
function shielded(onEvent: DrawOptions['onEvent']): DrawOptions['onEvent'] {
  return (event) => {
    try {
      onEvent(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}

/** A signal that follows another one until it is unlinked. */
function linked(source: AbortSignal): { readonly signal: AbortSignal; readonly unlink: () => void } {
  const controller = new AbortController();
  const follow = () => controller.abort(source.reason);
  source.addEventListener('abort', follow, { once: true });
  return { signal: controller.signal, unlink: () => source.removeEventListener('abort', follow) };
}

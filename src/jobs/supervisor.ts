/** Keeps a working engine at hand: starts it when needed, replaces it when it is lost, tries a failed job again. */

import { abortable } from '../api/abortable';
import { ApiError, type ErrorCode } from '../api/errors';
import { SMALLEST_TILE_PX } from '../diffusion/plan';
import type { GenerateJob, Picture, WorkerInfo, WorkerOptions } from '../pipeline/job';
import type { OnProgress } from '../pipeline/progress';
import type { Engine } from './engine';

/** Signs of a tile that was too much for the device: what onnxruntime asks of a full GPU may also lose it. */
const TOO_MUCH: ReadonlySet<ErrorCode> = new Set(['gpu_unavailable', 'out_of_memory']);

/** Three sizes of tiles. More would not help: after two losses of the GPU within minutes the browser withholds it. */
const MOST_ATTEMPTS = 3;

interface Running {
  readonly engine: Engine;
  readonly ready: Promise<WorkerInfo>;
}

export interface JobOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

export class Supervisor {
  readonly #createEngine: () => Engine;
  #options: WorkerOptions;
  #running: Running | null = null;
  #listeners = new Set<OnProgress>();
  /** Why there are to be no more engines. */
  #closed: ApiError | null = null;

  constructor(createEngine: () => Engine, options: WorkerOptions) {
    this.#createEngine = createEngine;
    this.#options = options;
  }

  /** The engine with its model loaded; what it tells while loading goes to every caller who waits. */
  async ready(onProgress: OnProgress): Promise<WorkerInfo> {
    return (await this.#loaded(onProgress)).ready;
  }

  /** A job is deterministic in its seed, so trying it again on a fresh worker is safe. */
  async generate(job: GenerateJob, { onProgress, signal }: JobOptions): Promise<Picture> {
    let current = job;
    for (let attempt = 1; ; attempt++) {
      let tilePx = current.largestTilePx ?? Number.POSITIVE_INFINITY;
      const watch: OnProgress = (event) => {
        if (event.type === 'plan') tilePx = event.plan.tilePx;
        onProgress(event);
      };
      try {
        return await this.#attempt(current, { onProgress: watch, signal });
      } catch (error) {
        const isFirst = attempt === 1;
        const next = attempt < MOST_ATTEMPTS ? nextAttempt(error, { job: current, tilePx, isFirst }) : null;
        if (!next || !(error instanceof ApiError)) throw error;
        this.#options = nextOptions(error, this.#options);
        this.restart(error);
        current = next;
      }
    }
  }

  /** The jobs to come run with these options, on a fresh worker. */
  reconfigure(options: Partial<WorkerOptions>): void {
    this.#options = { ...this.#options, ...options };
    this.restart(new ApiError('cancelled', 'The device was changed.'));
  }

  restart(reason: ApiError): void {
    this.#running?.engine.close(reason);
    this.#running = null;
  }

  /** Rejects what is pending and all that comes after it: no other engine is started. */
  close(reason: ApiError): void {
    this.#closed = reason;
    this.restart(reason);
  }

  async #attempt(job: GenerateJob, { onProgress, signal }: JobOptions): Promise<Picture> {
    const { engine } = await abortable(this.#loaded(onProgress), signal);
    return engine.generate(job, { onProgress, signal });
  }

  /** The running engine, once its model is loaded: never another one that has only just started. */
  async #loaded(onProgress: OnProgress): Promise<Running> {
    const running = this.#current();
    this.#listeners.add(onProgress);
    try {
      await running.ready;
      return running;
    } finally {
      this.#listeners.delete(onProgress);
    }
  }

  #current(): Running {
    if (this.#closed) throw this.#closed;
    if (this.#running?.engine.failed) this.#running = null;
    this.#running ??= this.#start();
    return this.#running;
  }

  #start(): Running {
    const engine = this.#createEngine();
    const ready = engine.init(this.#options, (event) => {
      for (const listener of this.#listeners) listener(event);
    });
    const running = { engine, ready };
    ready.catch((error: unknown) => {
      if (this.#running === running)
        this.restart(error instanceof ApiError ? error : new ApiError('server_error', String(error)));
    });
    return running;
  }
}

/** A model that did not fit as a whole is tried one graph at a time. */
function nextOptions({ code }: ApiError, options: WorkerOptions): WorkerOptions {
  const { published } = options;
  return published && TOO_MUCH.has(code) ? { ...options, published: { ...published, memory: 'staged' } } : options;
}

/** The job to try after a failure: once more as it was, or in smaller tiles than the last ones; null gives up. */
function nextAttempt(
  error: unknown,
  { job, tilePx, isFirst }: { readonly job: GenerateJob; readonly tilePx: number; readonly isFirst: boolean },
): GenerateJob | null {
  if (!(error instanceof ApiError)) return null;
  if (error.code === 'bad_output') return isFirst ? job : null;
  if (!TOO_MUCH.has(error.code)) return null;
  const largestTilePx = Math.max(SMALLEST_TILE_PX, tilePx / 2);
  return largestTilePx < tilePx || isFirst ? { ...job, largestTilePx } : null;
}

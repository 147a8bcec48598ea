/** Keeps a working engine at hand: starts it when needed, replaces it when it is lost, retries a job once. */
import { ApiError, type ErrorCode } from '../api/errors';
import type { GenerateJob, Picture, WorkerInfo, WorkerOptions } from '../pipeline/job';
import type { OnProgress } from '../pipeline/progress';
import { abortable } from './abortable';
import type { Engine } from './engine';

/** A job is deterministic in its seed, so trying it again on a fresh worker is safe. */
const RETRIED: ReadonlySet<ErrorCode> = new Set(['gpu_unavailable', 'bad_output']);

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

  constructor(createEngine: () => Engine, options: WorkerOptions) {
    this.#createEngine = createEngine;
    this.#options = options;
  }

  /** The engine with its model loaded; what it tells while loading goes to every caller who waits. */
  async ready(onProgress: OnProgress): Promise<WorkerInfo> {
    return (await this.#loaded(onProgress)).ready;
  }

  async generate(job: GenerateJob, options: JobOptions): Promise<Picture> {
    try {
      return await this.#attempt(job, options);
    } catch (error) {
      if (!(error instanceof ApiError) || !RETRIED.has(error.code)) throw error;
      this.restart(error);
      return await this.#attempt(job, options);
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

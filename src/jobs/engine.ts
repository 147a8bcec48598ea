/**
 * Owns one generation worker. comlink alone never settles a call whose worker is gone (facts/reliability, fact 3),
 * so every call here races its reply against the worker's error event, its termination, and a watchdog.
 */
import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import { ApiError, fromPlainError } from '../api/errors';
import type { GenerateJob, Picture, WorkerInfo, WorkerOptions } from '../pipeline/job';
import type { OnProgress, ProgressEvent } from '../pipeline/progress';
import type { Outcome, WorkerApi } from '../pipeline/workerApi';

export interface EngineLimits {
  /** Longest silence during a call. One decoder run on a slow CPU takes seconds; a hung GPU call never ends. */
  readonly watchdogMs: number;
  /** Longest time from a cancel to the job's end; after it the worker is terminated. */
  readonly cancelGraceMs: number;
}

export const DEFAULT_LIMITS: EngineLimits = { watchdogMs: 180_000, cancelGraceMs: 10_000 };

export class Engine {
  readonly #worker: Worker;
  readonly #remote: Remote<WorkerApi>;
  readonly #limits: EngineLimits;
  readonly #failure: Promise<never>;
  #fail: (error: ApiError) => void = () => {};
  #failed = false;
  #lastSignOfLifeMs = 0;

  constructor(worker: Worker, limits: EngineLimits = DEFAULT_LIMITS) {
    this.#worker = worker;
    this.#limits = limits;
    this.#remote = wrap<WorkerApi>(worker);
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failure.catch(() => {});
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#end(new ApiError('worker_crashed', `The worker stopped: ${event.message || 'it could not be loaded'}.`));
    });
    worker.addEventListener('messageerror', () => {
      this.#end(new ApiError('worker_crashed', 'A message from the worker could not be read.'));
    });
  }

  /** True once this worker is gone; make a new engine then. */
  get failed(): boolean {
    return this.#failed;
  }

  async init(options: WorkerOptions, onProgress: OnProgress): Promise<WorkerInfo> {
    await this.#call(() => this.#remote.hello());
    return this.#call(() => this.#remote.init(options, this.#proxied(onProgress)));
  }

  /** @throws ApiError `cancelled` when the signal fires, within one step of the job */
  async generate(
    job: GenerateJob,
    options: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
  ): Promise<Picture> {
    const stopListening = this.#cancelOn(options.signal);
    try {
      options.signal.throwIfAborted();
      return await this.#call(() => this.#remote.generate(job, this.#proxied(options.onProgress)));
    } finally {
      stopListening();
    }
  }

  /** Ends the worker and rejects all that is pending. */
  close(reason = new ApiError('cancelled', 'The engine was closed.')): void {
    this.#end(reason);
  }

  async #call<T>(invoke: () => Promise<Outcome<T>>): Promise<T> {
    this.#lastSignOfLifeMs = Date.now();
    const watchdog = setInterval(() => this.#bark(), Math.min(1000, this.#limits.watchdogMs));
    try {
      const outcome = await Promise.race([invoke(), this.#failure]);
      if (!outcome.ok) throw fromPlainError(outcome.error);
      return outcome.value;
    } finally {
      clearInterval(watchdog);
    }
  }

  /** By timestamps, since timers of hidden tabs are throttled. */
  #bark(): void {
    const silenceMs = Date.now() - this.#lastSignOfLifeMs;
    if (silenceMs < this.#limits.watchdogMs) return;
    const seconds = Math.round(silenceMs / 1000);
    this.#end(new ApiError('worker_timeout', `The worker was silent for ${seconds} seconds and was stopped.`));
  }

  #proxied(onProgress: OnProgress): OnProgress {
    return proxy((event: ProgressEvent) => {
      this.#lastSignOfLifeMs = Date.now();
      if (!this.#failed) onProgress(event);
    });
  }

  #cancelOn(signal: AbortSignal): () => void {
    let graceTimer: ReturnType<typeof setTimeout> | undefined;
    const cancel = () => {
      void this.#remote.cancel();
      const overdue = new ApiError('cancelled', 'The request was cancelled.');
      graceTimer = setTimeout(() => this.#end(overdue), this.#limits.cancelGraceMs);
    };
    signal.addEventListener('abort', cancel, { once: true });
    return () => {
      signal.removeEventListener('abort', cancel);
      clearTimeout(graceTimer);
    };
  }

  #end(error: ApiError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#fail(error);
    this.#remote[releaseProxy]();
    this.#worker.terminate();
  }
}

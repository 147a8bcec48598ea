/**
 * Owns the worker of weights: downloads run beside pictures, and outlive the generation worker. As in `engine.ts`, every call
 * races its reply against the worker's end.
 */
import { proxy, type Remote, wrap } from 'comlink';
import { ApiError, fromPlainError } from '../api/errors';
import type { Outcome } from '../pipeline/workerApi';
import type { CheckReport, StoredModel } from '../weights/published/library';
import type { LibraryApi } from '../weights/published/libraryApi';
import type { WeightSource } from '../weights/published/source';
import type { DownloadProgress } from '../weights/published/teller';

export type { CheckReport, StoredModel, WeightSource };

type OnProgress = (progress: DownloadProgress) => void;

export class LibraryWorker {
  readonly #createWorker: () => Worker;
  #running: { readonly remote: Remote<LibraryApi>; readonly failure: Promise<never>; end: () => void } | null = null;

  constructor(createWorker: () => Worker) {
    this.#createWorker = createWorker;
  }

  list(): Promise<readonly StoredModel[]> {
    return this.#call((remote) => remote.list());
  }

  /** @throws ApiError `cancelled` after `stop` */
  download(source: WeightSource, onProgress: OnProgress): Promise<StoredModel> {
    return this.#call((remote) => remote.download(source, proxy(onProgress)));
  }

  importFiles(source: WeightSource, files: ReadonlyMap<string, Blob>, onProgress: OnProgress) {
    return this.#call((remote) => remote.importFiles(source, files, proxy(onProgress)));
  }

  open(id: string): Promise<ReadonlyMap<string, Blob>> {
    return this.#call((remote) => remote.open(id));
  }

  check(id: string, onProgress: OnProgress): Promise<CheckReport> {
    return this.#call((remote) => remote.check(id, proxy(onProgress)));
  }

  async remove(id: string): Promise<void> {
    await this.#call((remote) => remote.remove(id));
  }

  stop(id: string): void {
    void this.#running?.remote.stop(id);
  }

  close(): void {
    this.#running?.end();
  }

  async #call<T>(invoke: (remote: Remote<LibraryApi>) => Promise<Outcome<T>>): Promise<T> {
    const { remote, failure } = this.#start();
    const outcome = await Promise.race([invoke(remote), failure]);
    if (!outcome.ok) throw fromPlainError(outcome.error);
    return outcome.value;
  }

  /** A worker that ended is replaced by the next call; what it had stored is there. */
  #start() {
    if (this.#running) return this.#running;
    const worker = this.#createWorker();
    let fail: (error: ApiError) => void = () => {};
    const failure = new Promise<never>((_, reject) => {
      fail = reject;
    });
    failure.catch(() => {});
    const end = (error = new ApiError('cancelled', 'The library was closed.')) => {
      fail(error);
      worker.terminate();
      this.#running = null;
    };
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      const what = event.message || 'it could not be loaded';
      end(new ApiError('worker_crashed', `The worker that keeps models stopped: ${what}.`));
    });
    this.#running = { remote: wrap<LibraryApi>(worker), failure, end: () => end() };
    return this.#running;
  }
}

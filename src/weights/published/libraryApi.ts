/** What the worker of weights answers. Errors cross as plain data, since a thrown one loses its code. */
import type { Outcome } from '../../pipeline/workerApi';
import type { CheckReport, StoredModel } from './library';
import type { WeightSource } from './source';
import type { DownloadProgress } from './teller';

export type OnDownload = (progress: DownloadProgress) => void;

export interface LibraryApi {
  /** Answers as soon as the worker listens. */
  hello(): Promise<Outcome<true>>;
  list(): Promise<Outcome<readonly StoredModel[]>>;
  download(source: WeightSource, onProgress: OnDownload): Promise<Outcome<StoredModel>>;
  importFiles(
    source: WeightSource,
    files: ReadonlyMap<string, Blob>,
    onProgress: OnDownload,
  ): Promise<Outcome<{ readonly missing: readonly string[] }>>;
  open(id: string): Promise<Outcome<ReadonlyMap<string, Blob>>>;
  check(id: string, onProgress: OnDownload): Promise<Outcome<CheckReport>>;
  remove(id: string): Promise<Outcome<true>>;
  /** Ends what is being done to a model; its call answers with `cancelled`. */
  stop(id: string): void;
}

/** The published models of this browser: got, opened, checked, repaired, removed. Runs in the worker of weights. */
import { ApiError } from '../../api/errors';
import { toHex } from '../../storage/hex';
import { exclusively } from '../lock';
import { PATIENT, type RetryPolicy } from '../retry';
import type { WeightsNotice } from '../storage';
import { downloadFile, fetchChunk } from './fileDownload';
import { importFile } from './fileImport';
import { ModelStore, type ModelStores, openModelStores } from './modelStore';
import {
  beginRecord,
  CHUNK_BYTES,
  emptyFile,
  isComplete,
  type ModelRecord,
  type StoredFile,
  storedBytes,
  type WeightSource,
} from './source';
import { Speedometer } from './speed';

export interface StoredModel {
  readonly id: string;
  readonly revision: string;
  readonly isComplete: boolean;
  readonly storedBytes: number;
  /** Null while the size of a file is not known. */
  readonly sizeBytes: number | null;
  readonly inMemory: boolean;
  readonly checkedAtMs: number | null;
  readonly usedAtMs: number | null;
}

export interface DownloadProgress {
  /** `waiting`: another tab has it in hand. */
  readonly state: 'waiting' | 'downloading' | 'checking' | 'offline';
  readonly loadedBytes: number;
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

export interface CheckReport {
  readonly checkedChunks: number;
  readonly repairedChunks: number;
}

export interface WorkOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
}

export interface LibraryOptions {
  readonly stores?: ModelStores;
  readonly policy?: RetryPolicy;
  readonly chunkBytes?: number;
  readonly onNotice?: (notice: WeightsNotice) => void;
}

/** Often enough to look alive on a slow line, seldom enough to cost nothing on a fast one. */
const TELL_EVERY_MS = 200;

export class Library {
  readonly #store: ModelStore;
  readonly #policy: RetryPolicy;
  readonly #chunkBytes: number;

  constructor({ stores = openModelStores(), policy = PATIENT, ...options }: LibraryOptions = {}) {
    const { chunkBytes = CHUNK_BYTES, onNotice = () => {} } = options;
    this.#chunkBytes = chunkBytes;
    this.#store = new ModelStore(stores, onNotice);
    this.#policy = policy;
  }

  async list(): Promise<StoredModel[]> {
    return (await this.#store.records()).map((record) => this.#describe(record));
  }

  /**
   * Gets what is missing of a model. Ends early when the signal fires; what has arrived is kept.
   *
   * @throws ApiError `cancelled`, `weights_unreachable`, `weights_damaged`
   */
  async download(source: WeightSource, { signal, onProgress }: WorkOptions): Promise<StoredModel> {
    const teller = new Teller(onProgress);
    return this.#named(signal, () =>
      exclusively(
        async () => {
          let record = beginRecord(source, await this.#store.record(source.id), this.#chunkBytes);
          await this.#store.keepRecord(record);
          // After a crash a chunk may be listed whose bytes never reached the disk.
          for (const file of record.files) await this.#mend(file, signal, () => {});
          for (const [index, start] of record.files.entries()) {
            const others = () =>
              record.files.filter((_, i) => i !== index).reduce((sum, file) => sum + storedBytes(file), 0);
            const update = async (file: StoredFile) => {
              record = { ...record, files: record.files.with(index, file) };
              await this.#store.keepRecord(record);
            };
            teller.loaded(others() + storedBytes(start), totalBytes(record));
            if (!start.isComplete) {
              await this.#get(start, {
                signal,
                update,
                onBytes: (have) => teller.loaded(others() + have, totalBytes(record)),
              });
            }
          }
          // Chunks of an older revision that this one does not share.
          await this.#store.sweep();
          return this.#describe(record);
        },
        { name: lockOf(source.id), signal, onWaiting: () => teller.waiting() },
      ),
    );
  }

  /** Takes a model's files from where the user has them. What is missing can still be downloaded. */
  async importFiles(
    source: WeightSource,
    files: ReadonlyMap<string, Blob>,
    { signal, onProgress }: WorkOptions,
  ): Promise<{ readonly missing: readonly string[] }> {
    const teller = new Teller(onProgress);
    return this.#named(signal, () =>
      exclusively(
        async () => {
          let record = beginRecord(source, await this.#store.record(source.id), this.#chunkBytes);
          for (const [index, start] of record.files.entries()) {
            const blob = files.get(start.path);
            if (!blob || start.isComplete) continue;
            await this.#store.undisturbed(async () => {
              const file = await importFile(start, blob, {
                signal,
                onBytes: (have) => teller.loaded(have, blob.size),
                keepChunk: (hash, chunk) => this.#store.keepChunk(hash, chunk),
              });
              record = { ...record, files: record.files.with(index, file) };
              await this.#store.keepRecord(record);
            });
          }
          return { missing: record.files.filter((file) => !file.isComplete).map(({ path }) => path) };
        },
        { name: lockOf(source.id), signal, onWaiting: () => teller.waiting() },
      ),
    );
  }

  /** The files of a complete model, as handles: nothing is read. @throws ApiError `weights_missing`, `weights_damaged` */
  async open(id: string): Promise<ReadonlyMap<string, Blob>> {
    const record = await this.#store.record(id);
    if (!record || !isComplete(record)) {
      throw new ApiError(
        'weights_missing',
        `The model '${id}' is not, or not wholly, on this machine: get it first.`,
        'model',
      );
    }
    await this.#store.keepRecord({ ...record, usedAtMs: Date.now() });
    const files = new Map<string, Blob>();
    for (const file of record.files) {
      const chunks = await Promise.all(file.chunks.map((hash) => this.#store.chunk(hash)));
      const whole = new Blob(chunks.flatMap((chunk) => chunk ?? []));
      if (whole.size !== file.sizeBytes) {
        throw new ApiError(
          'weights_damaged',
          `The stored file ${file.path} of '${id}' is damaged: have it checked.`,
          'model',
        );
      }
      files.set(file.path, whole);
    }
    return files;
  }

  /** Reads every chunk and compares its hash; damaged ones are fetched again, alone. */
  async check(id: string, { signal, onProgress }: WorkOptions): Promise<CheckReport> {
    const record = await this.#store.record(id);
    if (!record) throw new ApiError('weights_missing', `The model '${id}' is not on this machine.`, 'model');
    const teller = new Teller(onProgress, 'checking');
    let [checkedChunks, repairedChunks, doneBytes] = [0, 0, 0];
    return this.#named(signal, async () => {
      for (const file of record.files) {
        repairedChunks += await this.#mend(file, signal, (sizeBytes) => {
          checkedChunks += 1;
          doneBytes += sizeBytes;
          teller.loaded(doneBytes, totalBytes(record));
        });
      }
      await this.#store.keepRecord({ ...record, checkedAtMs: Date.now() });
      return { checkedChunks, repairedChunks };
    });
  }

  async remove(id: string): Promise<void> {
    await this.#store.remove(id);
  }

  async #get(
    start: StoredFile,
    options: {
      readonly signal: AbortSignal;
      readonly update: (file: StoredFile) => Promise<void>;
      readonly onBytes: (haveBytes: number) => void;
    },
  ): Promise<void> {
    const { signal, update, onBytes } = options;
    const keep = async ({ hash, blob }: { readonly hash: string; readonly blob: Blob }, file: StoredFile) => {
      await this.#store.undisturbed(async () => {
        if (blob.size > 0) await this.#store.keepChunk(hash, blob);
        await update(file);
      });
    };
    try {
      await downloadFile(start, { policy: this.#policy, signal, onBytes, keep });
    } catch (error) {
      // Bytes that are not the published ones are of no use to the next try.
      if (error instanceof ApiError && error.code === 'weights_damaged') await update(emptyFile(start));
      throw error;
    }
  }

  /** Reads every stored chunk of a file; what is not as it was is fetched again. Returns how many were. */
  async #mend(file: StoredFile, signal: AbortSignal, onChunk: (sizeBytes: number) => void): Promise<number> {
    let mended = 0;
    for (const [index, hash] of file.chunks.entries()) {
      signal.throwIfAborted();
      const sizeBytes = await this.#intactSize(hash);
      if (sizeBytes === null) {
        await this.#store.removeChunk(hash);
        await this.#store.keepChunk(hash, await fetchChunk(file, index, { policy: this.#policy, signal }));
        mended += 1;
      }
      onChunk(sizeBytes ?? 0);
    }
    return mended;
  }

  /** Null for a chunk that is missing, or not what it was. */
  async #intactSize(hash: string): Promise<number | null> {
    const blob = await this.#store.chunk(hash);
    const bytes = await blob?.arrayBuffer().catch(() => null);
    if (!bytes || toHex(await crypto.subtle.digest('SHA-256', bytes)) !== hash) return null;
    return bytes.byteLength;
  }

  async #named<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new ApiError('cancelled', 'The download was paused.', null, { cause: error });
    }
  }

  #describe(record: ModelRecord): StoredModel {
    const { id, revision, files, checkedAtMs, usedAtMs } = record;
    return {
      id,
      revision,
      isComplete: isComplete(record),
      storedBytes: files.reduce((sum, file) => sum + storedBytes(file), 0),
      sizeBytes: totalBytes(record),
      inMemory: this.#store.inMemory,
      checkedAtMs,
      usedAtMs,
    };
  }
}

/** One at a time works on a model, over all tabs. */
function lockOf(id: string): string {
  return `tessera-model-${id}`;
}

function totalBytes({ files }: ModelRecord): number | null {
  return files.reduce<number | null>(
    (sum, { sizeBytes }) => (sum === null || sizeBytes === null ? null : sum + sizeBytes),
    0,
  );
}

/** Progress that never goes back, told a few times a second. */
class Teller {
  readonly #speed = new Speedometer();
  #loadedBytes = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly onProgress: (progress: DownloadProgress) => void,
    private readonly state: DownloadProgress['state'] = 'downloading',
  ) {}

  loaded(bytes: number, total: number | null): void {
    const nowMs = performance.now();
    this.#loadedBytes = Math.max(this.#loadedBytes, bytes);
    this.#speed.add(this.#loadedBytes, nowMs);
    if (nowMs - this.#toldAtMs < TELL_EVERY_MS && this.#loadedBytes !== total) return;
    this.#toldAtMs = nowMs;
    this.onProgress({
      state: globalThis.navigator?.onLine === false ? 'offline' : this.state,
      loadedBytes: this.#loadedBytes,
      totalBytes: total,
      bytesPerSecond: this.#speed.bytesPerSecond,
      secondsLeft: this.#speed.secondsLeft(total),
    });
  }

  waiting(): void {
    const unknown = { totalBytes: null, bytesPerSecond: null, secondsLeft: null };
    this.onProgress({ state: 'waiting', loadedBytes: this.#loadedBytes, ...unknown });
  }
}

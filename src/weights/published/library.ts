/** The published models of this browser: got, opened, checked, repaired, removed. Runs in the worker of weights. */
import { ApiError } from '../../api/errors';
import { toHex } from '../../storage/hex';
import { exclusively } from '../lock';
import { PATIENT, type RetryPolicy } from '../retry';
import type { WeightsNotice } from '../storage';
import { downloadFile, fetchChunk } from './fileDownload';
import { importFile } from './fileImport';
import { Filling, removed } from './filling';
import { ModelStore, type ModelStores, openModelStores } from './modelStore';
import {
  beginRecord,
  CHUNK_BYTES,
  chunkSize,
  emptyFile,
  isComplete,
  type ModelRecord,
  type StoredFile,
  storedBytes,
  totalBytes,
  type WeightSource,
} from './source';
import { type DownloadProgress, Teller } from './teller';

export interface StoredModel {
  readonly id: string;
  readonly revision: string;
  readonly isComplete: boolean;
  readonly storedBytes: number;
  /** Null while the size of a file is not known. */
  readonly sizeBytes: number | null;
  readonly inMemory: boolean;
  readonly checkedAtMs: number | null;
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

interface Surroundings {
  readonly signal: AbortSignal;
  readonly teller: Teller;
}

interface MendOptions {
  readonly signal: AbortSignal;
  /** Whether a chunk, which should have so many bytes, can stay. */
  readonly isSound: (hash: string, sizeBytes: number) => Promise<boolean>;
}

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
    return Promise.all((await this.#store.records()).map((record) => this.#describe(record)));
  }

  /**
   * Gets what is missing of a model. Ends early when the signal fires; what has arrived is kept.
   *
   * @throws ApiError `cancelled`, `weights_unreachable`, `weights_damaged`
   */
  download(source: WeightSource, { signal, onProgress }: WorkOptions): Promise<StoredModel> {
    const teller = new Teller(onProgress);
    return this.#alone(source, { signal, teller }, async (filling) => {
      const isSound = async (hash: string, sizeBytes: number) => isHere(await this.#store.chunk(hash), sizeBytes);
      const mendAll = async () => {
        for (const file of filling.record.files) await this.#mend(source.id, file, { signal, isSound });
      };
      await mendAll();
      for (const [index, start] of filling.record.files.entries()) {
        teller.loaded(filling.bytesWith(index, storedBytes(start)), filling.totalBytes);
        if (!start.isComplete) await this.#get(filling, index, { signal, teller });
      }
      // Browsers clear up late what a page left that died: a chunk that came since then may have gone with it.
      await mendAll();
      // The end is told, however soon it comes after what was told last.
      teller.loaded(filling.haveBytes, filling.totalBytes);
      // Chunks of an older revision that this one does not share.
      await this.#store.sweep();
      return this.#describe(filling.record);
    });
  }

  /** Takes a model's files from where the user has them. What is missing can still be downloaded. */
  importFiles(
    source: WeightSource,
    files: ReadonlyMap<string, Blob>,
    { signal, onProgress }: WorkOptions,
  ): Promise<{ readonly missing: readonly string[] }> {
    const teller = new Teller(onProgress);
    return this.#alone(source, { signal, teller }, async (filling) => {
      for (const [index, start] of filling.record.files.entries()) {
        const blob = files.get(start.path);
        if (blob && !start.isComplete) await this.#import(filling, index, { blob, signal, teller });
      }
      return { missing: filling.record.files.filter((file) => !file.isComplete).map(({ path }) => path) };
    });
  }

  /**
   * The files of a complete model, as handles: no more is read than shows that they can be.
   *
   * @throws ApiError `weights_missing`, `weights_damaged`
   */
  async open(id: string): Promise<ReadonlyMap<string, Blob>> {
    const record = await this.#store.record(id);
    if (!record || !isComplete(record)) {
      throw new ApiError(
        'weights_missing',
        `The model '${id}' is not, or not wholly, on this machine: get it first.`,
        'model',
      );
    }
    const files = new Map<string, Blob>();
    for (const file of record.files) {
      const chunks = await Promise.all(file.chunks.map((hash) => this.#store.chunk(hash)));
      const areHere = await Promise.all(chunks.map((chunk, index) => isHere(chunk, chunkSize(file, index))));
      const whole = new Blob(chunks.flatMap((chunk) => chunk ?? []));
      if (whole.size !== file.sizeBytes || areHere.includes(false)) {
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
    const isSound = async (hash: string, sizeBytes: number) => {
      const isIntact = await this.#isIntact(hash);
      checkedChunks += 1;
      doneBytes += sizeBytes;
      teller.loaded(doneBytes, totalBytes(record));
      return isIntact;
    };
    return this.#named(signal, async () => {
      for (const file of record.files) repairedChunks += await this.#mend(id, file, { signal, isSound });
      await this.#store.undisturbed(async () => {
        const latest = await this.#store.record(id);
        if (latest) await this.#store.keepRecord({ ...latest, checkedAtMs: Date.now() });
      });
      return { checkedChunks, repairedChunks };
    });
  }

  async remove(id: string): Promise<void> {
    await this.#store.remove(id);
  }

  /** Work on one model, by one tab at a time. */
  #alone<T>(
    source: WeightSource,
    { signal, teller }: Surroundings,
    work: (filling: Filling) => Promise<T>,
  ): Promise<T> {
    const enter = async () => {
      const record = beginRecord(source, await this.#store.record(source.id), this.#chunkBytes);
      await this.#store.keepRecord(record);
      return work(new Filling(this.#store, record));
    };
    const lock = { name: `tessera-model-${source.id}`, signal, onWaiting: () => teller.waiting() };
    return this.#named(signal, () => exclusively(enter, lock));
  }

  async #get(filling: Filling, index: number, { signal, teller }: Surroundings): Promise<void> {
    const start = filling.file(index);
    try {
      await downloadFile(start, {
        policy: this.#policy,
        signal,
        onBytes: (have) => teller.loaded(filling.bytesWith(index, have), filling.totalBytes),
        onOffline: () => teller.offline(),
        keep: (chunk, file) => filling.keep(index, file, chunk),
      });
    } catch (error) {
      // Bytes that are not the published ones are of no use to the next try.
      if (error instanceof ApiError && error.code === 'weights_damaged') await filling.keep(index, emptyFile(start));
      throw error;
    }
  }

  async #import(
    filling: Filling,
    index: number,
    { blob, signal, teller }: Surroundings & { readonly blob: Blob },
  ): Promise<void> {
    const start = filling.file(index);
    try {
      await importFile(start, blob, {
        signal,
        onBytes: (have) => teller.loaded(have, blob.size),
        keep: (chunk, file) => filling.keep(index, file, chunk),
      });
    } catch (error) {
      await filling.keep(index, start);
      throw error;
    }
  }

  /** What of a file is not sound is fetched again. Returns how many chunks were. */
  async #mend(id: string, file: StoredFile, { signal, isSound }: MendOptions): Promise<number> {
    let mended = 0;
    for (const [index, hash] of file.chunks.entries()) {
      signal.throwIfAborted();
      if (await isSound(hash, chunkSize(file, index))) continue;
      // Another tab may have removed the model: then nothing of it is sound.
      if (await this.#store.isGone(id)) throw removed(id);
      await this.#store.removeChunk(hash);
      await this.#store.keepChunk(hash, await fetchChunk(file, index, { policy: this.#policy, signal }));
      mended += 1;
    }
    return mended;
  }

  async #isIntact(hash: string): Promise<boolean> {
    const blob = await this.#store.chunk(hash);
    const bytes = await blob?.arrayBuffer().catch(() => null);
    return !!bytes && toHex(await crypto.subtle.digest('SHA-256', bytes)) === hash;
  }

  async #named<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new ApiError('cancelled', 'The download was paused.', null, { cause: error });
    }
  }

  async #describe(record: ModelRecord): Promise<StoredModel> {
    const { id, revision, files, checkedAtMs } = record;
    return {
      id,
      revision,
      isComplete: isComplete(record),
      storedBytes: files.reduce((sum, file) => sum + storedBytes(file), 0),
      sizeBytes: totalBytes(record),
      inMemory: await this.#store.isInMemory(record),
      checkedAtMs,
    };
  }
}

/**
 * After a crash a chunk may be listed whose bytes never reached the disk, or whose file was cleared up with those of a page
 * that died: its length tells, and whether its last byte can be read. No more of it is.
 */
async function isHere(chunk: Blob | undefined, sizeBytes: number): Promise<boolean> {
  if (chunk?.size !== sizeBytes) return false;
  const last = await chunk
    .slice(-1)
    .arrayBuffer()
    .catch(() => null);
  return last !== null;
}

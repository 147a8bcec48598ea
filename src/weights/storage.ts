/** Storage that cannot fail: at the first trouble with the disk it goes on in memory and says so, once. */
import { within } from '../storage/within';
import { type ChunkStore, openChunkStore } from './chunkStore';
import { isQuotaExceeded } from './keyValueStore';
import { distinctChunks, type Manifest } from './manifest';
import { memoryStore } from './memoryStore';
import { openRecordStore, type RecordStore, readRecord, type WeightsRecord } from './recordStore';

export interface WeightsNotice {
  readonly type: 'notice';
  readonly code: 'storage_unavailable';
  readonly message: string;
}

export interface Stores {
  readonly chunks: ChunkStore;
  readonly records: RecordStore;
}

export interface StorageOptions {
  readonly stores: Stores;
  /** An IndexedDB call that takes longer hangs: Safari is known for opens that never end. */
  readonly patienceMs: number;
  readonly onNotice: (notice: WeightsNotice) => void;
}

export const STORAGE_PATIENCE_MS = 15_000;

export function indexedDbStores(): Stores {
  return { chunks: openChunkStore(), records: openRecordStore() };
}

export class WeightStorage {
  inMemory = false;
  #stores: Stores;

  constructor(private readonly options: StorageOptions) {
    this.#stores = options.stores;
  }

  async record(manifestUrl: string): Promise<WeightsRecord | null> {
    return readRecord(await this.#use(({ records }) => records.get(manifestUrl)));
  }

  /** An entry that cannot be read is a missing one: fetching it again puts it right, unless the disk is really gone. */
  chunk(sha256: string): Promise<Blob | undefined> {
    return this.#use(({ chunks }) => chunks.get(sha256).catch(() => undefined));
  }

  keepChunk(sha256: string, blob: Blob): Promise<void> {
    return this.#use(({ chunks }) => chunks.set(sha256, blob));
  }

  /** Call it after the last chunk is kept. */
  commit(manifestUrl: string, manifest: Manifest): Promise<void> {
    const record: WeightsRecord = { manifest };
    return this.#use(({ records }) => records.set(manifestUrl, record));
  }

  /**
   * Deletes the chunks that no record needs: old revisions and abandoned downloads. Only under the download lock,
   * else it would take the chunks of a download that has not committed yet.
   */
  async sweep(): Promise<void> {
    // The model is complete whether this works or not; what is left over goes with the next sweep.
    await within(this.options.patienceMs, deleteUnneeded(this.#stores)).catch(() => {});
  }

  async #use<T>(operation: (stores: Stores) => Promise<T>): Promise<T> {
    if (!this.inMemory) {
      try {
        return await within(this.options.patienceMs, operation(this.#stores));
      } catch (error) {
        this.#goOnInMemory(error);
      }
    }
    return operation(this.#stores);
  }

  #goOnInMemory(error: unknown): void {
    // Reads that ran side by side fail side by side.
    if (this.inMemory) return;
    this.inMemory = true;
    this.#stores = { chunks: memoryStore(), records: memoryStore() };
    const why = isQuotaExceeded(error)
      ? 'There is not enough room in this browser’s storage for the model.'
      : 'This browser does not let the page store the model (a private window, or storage blocked for embedded pages).';
    const message = `${why} Pictures work as usual, but the model is downloaded again at the next start.`;
    this.options.onNotice({ type: 'notice', code: 'storage_unavailable', message });
  }
}

async function deleteUnneeded({ chunks, records }: Stores): Promise<void> {
  const entries = await Promise.all((await records.keys()).map((key) => records.get(key)));
  const manifests = entries.flatMap((entry) => readRecord(entry)?.manifest ?? []);
  const needed = new Set(manifests.flatMap(distinctChunks).map(({ sha256 }) => sha256));
  await chunks.delete((await chunks.keys()).filter((key) => !needed.has(key)));
}

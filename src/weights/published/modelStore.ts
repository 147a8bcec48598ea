/** Published models on disk: chunks by their hash, and a record of each model. */
import { indexedDbStore, isQuotaExceeded, type KeyValueStore } from '../keyValueStore';
import { holding } from '../lock';
import { memoryStore } from '../memoryStore';
import type { WeightsNotice } from '../storage';
import type { ModelRecord } from './source';

export interface ModelStores {
  readonly chunks: KeyValueStore<Blob>;
  readonly records: KeyValueStore<ModelRecord>;
}

/** Held while chunks are kept that no record names yet; who sweeps waits for it, in whatever tab. */
const KEEPING = 'tessera-published-keeping';

/** Databases of their own: the embedded model's store deletes what it does not know. */
export function openModelStores(): ModelStores {
  return {
    chunks: indexedDbStore('tessera-published-chunks'),
    records: indexedDbStore('tessera-published-records'),
  };
}

/**
 * Storage that gives way to memory. A full disk is first relieved of what no record needs; what is on it already stays
 * readable. The record is written after the chunk that it names, so a crash in between costs that chunk.
 */
export class ModelStore {
  /** What comes next is kept in memory. */
  #inMemory = false;
  /** Here, and not begun anew since: a disk that cannot be read would not tell. */
  readonly #removed = new Set<string>();
  readonly #disk: ModelStores;
  readonly #memory: ModelStores = { chunks: memoryStore(), records: memoryStore() };

  constructor(
    disk: ModelStores,
    private readonly onNotice: (notice: WeightsNotice) => void,
  ) {
    this.#disk = disk;
  }

  async records(): Promise<ModelRecord[]> {
    const [disk, memory] = await this.#readRecords();
    return inOne(disk, memory);
  }

  async record(id: string): Promise<ModelRecord | null> {
    return (await this.#memory.records.get(id)) ?? (await this.#disk.records.get(id).catch(() => undefined)) ?? null;
  }

  /** Whether a model was removed, here or in another tab. A record that cannot be read may still be there. */
  async isGone(id: string): Promise<boolean> {
    if (this.#removed.has(id)) return true;
    if (await this.#memory.records.get(id)) return false;
    return this.#disk.records.get(id).then(
      (record) => record === undefined,
      () => false,
    );
  }

  async chunk(hash: string): Promise<Blob | undefined> {
    return (await this.#memory.chunks.get(hash)) ?? this.#disk.chunks.get(hash).catch(() => undefined);
  }

  /** For keeping chunks and then the record that names them: nobody sweeps in between. */
  undisturbed<T>(work: () => Promise<T>): Promise<T> {
    return holding(KEEPING, { mode: 'shared' }, work);
  }

  keepChunk(hash: string, blob: Blob): Promise<void> {
    return this.#write(({ chunks }) => chunks.set(hash, blob));
  }

  keepRecord(record: ModelRecord): Promise<void> {
    this.#removed.delete(record.id);
    return this.#write(({ records }) => records.set(record.id, record));
  }

  /** Whether a part of it goes with this page. */
  async isInMemory({ files }: ModelRecord): Promise<boolean> {
    const held = new Set(await this.#memory.chunks.keys());
    return held.size > 0 && files.some(({ chunks }) => chunks.some((hash) => held.has(hash)));
  }

  remove(id: string): Promise<void> {
    return holding(KEEPING, { mode: 'exclusive' }, async () => {
      this.#removed.add(id);
      for (const { records } of [this.#disk, this.#memory]) await records.delete([id]).catch(() => {});
      await this.#sweepNow();
      // There may be room now.
      if ((await this.#memory.chunks.keys()).length === 0) this.#inMemory = false;
    });
  }

  async removeChunk(hash: string): Promise<void> {
    for (const { chunks } of [this.#disk, this.#memory]) await chunks.delete([hash]).catch(() => {});
  }

  /**
   * Deletes the chunks that no record names; half-loaded models have one. Nothing of a store with a record that cannot be
   * read: it may name any of them.
   */
  sweep(): Promise<void> {
    return holding(KEEPING, { mode: 'exclusive' }, () => this.#sweepNow());
  }

  async #sweepNow(): Promise<void> {
    const [disk, memory] = await this.#readRecords();
    const needed = new Set(inOne(disk, memory).flatMap(({ files }) => files.flatMap(({ chunks }) => chunks)));
    const stores = [
      { chunks: this.#disk.chunks, found: disk },
      { chunks: this.#memory.chunks, found: memory },
    ];
    for (const { chunks, found } of stores) {
      if (!found.areAll) continue;
      const keys = await chunks.keys().catch(() => []);
      await chunks.delete(keys.filter((key) => !needed.has(key))).catch(() => {});
    }
  }

  #readRecords(): Promise<[FoundRecords, FoundRecords]> {
    return Promise.all([findRecords(this.#disk), findRecords(this.#memory)]);
  }

  async #write(operation: (stores: ModelStores) => Promise<void>): Promise<void> {
    if (this.#inMemory) return operation(this.#memory);
    try {
      return await operation(this.#disk);
    } catch (error) {
      if (isQuotaExceeded(error)) {
        // By one who keeps something, and would wait for itself.
        await this.#sweepNow();
        const isRelieved = await operation(this.#disk).then(
          () => true,
          () => false,
        );
        if (isRelieved) return;
      }
      this.#goOnInMemory(error);
      return operation(this.#memory);
    }
  }

  #goOnInMemory(error: unknown): void {
    this.#inMemory = true;
    const why = isQuotaExceeded(error)
      ? 'There is not enough room in this browser’s storage for the model.'
      : 'This browser does not let the page store the model (a private window, or storage blocked for embedded pages).';
    const message = `${why} It can be used until this page is closed, and is downloaded again after that.`;
    this.onNotice({ type: 'notice', code: 'storage_unavailable', message });
  }
}

interface FoundRecords {
  readonly byId: ReadonlyMap<string, ModelRecord>;
  /** False where one of them, or their list, could not be read. */
  readonly areAll: boolean;
}

async function findRecords({ records }: ModelStores): Promise<FoundRecords> {
  const byId = new Map<string, ModelRecord>();
  let areAll = true;
  const miss = () => {
    areAll = false;
    return undefined;
  };
  for (const key of (await records.keys().catch(miss)) ?? []) {
    const record = await records.get(key).catch(miss);
    if (record) byId.set(key, record);
  }
  return { byId, areAll };
}

/** What is in memory came later. */
function inOne(disk: FoundRecords, memory: FoundRecords): ModelRecord[] {
  return [...new Map([...disk.byId, ...memory.byId]).values()];
}

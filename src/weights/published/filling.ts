/** The record of a model that is being filled, kept after each chunk. */
import { ApiError } from '../../api/errors';
import type { ModelStore } from './modelStore';
import { type ModelRecord, type StoredFile, storedBytes, totalBytes } from './source';

export class Filling {
  readonly #store: ModelStore;
  #record: ModelRecord;

  constructor(store: ModelStore, record: ModelRecord) {
    this.#store = store;
    this.#record = record;
  }

  get record(): ModelRecord {
    return this.#record;
  }

  get totalBytes(): number | null {
    return totalBytes(this.#record);
  }

  get haveBytes(): number {
    return this.#record.files.reduce((sum, file) => sum + storedBytes(file), 0);
  }

  file(index: number): StoredFile {
    const file = this.#record.files[index];
    if (!file) throw new RangeError(`The model has no file ${index}.`);
    return file;
  }

  /** What is here of the model, if so many bytes are of this file. */
  bytesWith(index: number, haveBytes: number): number {
    const others = this.#record.files.filter((_, i) => i !== index);
    return others.reduce((sum, file) => sum + storedBytes(file), haveBytes);
  }

  /** A chunk and then the record that names it. Throws `cancelled` where the model was removed meanwhile. */
  keep(index: number, file: StoredFile, chunk?: { readonly hash: string; readonly blob: Blob }): Promise<void> {
    return this.#store.undisturbed(async () => {
      const { id, files } = this.#record;
      if (await this.#store.isGone(id)) throw removed(id);
      if (chunk && chunk.blob.size > 0) await this.#store.keepChunk(chunk.hash, chunk.blob);
      this.#record = { ...this.#record, files: files.with(index, file) };
      await this.#store.keepRecord(this.#record);
    });
  }
}

export function removed(id: string): ApiError {
  return new ApiError('cancelled', `The model '${id}' was removed meanwhile.`);
}

/** What the user said of models: licences accepted, models added by address. Kept in this browser where it can be. */
import { get, set } from 'idb-keyval';
import type { ModelEntry } from '../models/types';
import { reopeningStore } from '../storage/reopeningStore';

export interface ModelShelf {
  readonly accepted: readonly string[];
  readonly custom: readonly ModelEntry[];
  /** When the files of each model were last read in full, in milliseconds since the epoch. */
  readonly checkedAtMs: Readonly<Record<string, number>>;
}

const EMPTY: ModelShelf = { accepted: [], custom: [], checkedAtMs: {} };
const KEY = 'shelf';

export class ModelShelfStore {
  readonly #store = reopeningStore('tessera-model-shelf');
  #shelf: ModelShelf = EMPTY;

  get shelf(): ModelShelf {
    return this.#shelf;
  }

  /** Where storage is blocked nothing is remembered, which is no error. */
  async read(): Promise<void> {
    const stored = await get<ModelShelf>(KEY, this.#store).catch(() => undefined);
    this.#shelf = { ...EMPTY, ...stored };
  }

  async change(changes: Partial<ModelShelf>): Promise<void> {
    this.#shelf = { ...this.#shelf, ...changes };
    await set(KEY, this.#shelf, this.#store).catch(() => {});
  }
}

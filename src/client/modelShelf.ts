/** What the user said of models, as the library asks for it. Loaded with the first question, not with the page. */
import type { ModelEntry } from '../models/types';
import { entryOfManifest } from './modelManifest';
import { openShelfStore, type ShelfRecord, type ShelfStore } from './modelShelfStore';

export class ModelShelf {
  readonly #store: ShelfStore;
  #record: ShelfRecord;
  #added: readonly ModelEntry[] = [];

  private constructor(store: ShelfStore, record: ShelfRecord) {
    this.#store = store;
    this.#record = record;
    this.#take(record);
  }

  static async open(store = openShelfStore()): Promise<ModelShelf> {
    return new ModelShelf(store, await store.read());
  }

  /** The models that the user gave by their addresses. */
  get added(): readonly ModelEntry[] {
    return this.#added;
  }

  isAccepted({ licence }: ModelEntry): boolean {
    return !licence.mustAccept || this.#record.accepted.includes(licence.url);
  }

  checkedAtMs(id: string): number | null {
    return this.#record.checkedAtMs[id] ?? null;
  }

  /** Other tabs may have said something. */
  async refresh(): Promise<void> {
    this.#take(await this.#store.read());
  }

  async accept({ licence }: ModelEntry): Promise<void> {
    await this.#change((record) => ({ ...record, accepted: [...new Set([...record.accepted, licence.url])] }));
  }

  /** In place of an earlier one of the same id. Throws `invalid_parameter` on `manifest`. */
  async add(model: { readonly url: string; readonly manifest: unknown }): Promise<ModelEntry> {
    const entry = entryOfManifest(model.manifest, model.url);
    await this.#change((record) => ({ ...record, added: [...others(record, entry.id), model] }));
    return entry;
  }

  async forget(id: string): Promise<void> {
    await this.#change((record) => {
      const { [id]: _, ...checkedAtMs } = record.checkedAtMs;
      return { ...record, added: others(record, id), checkedAtMs };
    });
  }

  async checked(id: string, atMs: number): Promise<void> {
    await this.#change((record) => ({ ...record, checkedAtMs: { ...record.checkedAtMs, [id]: atMs } }));
  }

  async #change(change: (record: ShelfRecord) => ShelfRecord): Promise<void> {
    this.#take(await this.#store.change(change));
  }

  #take(record: ShelfRecord): void {
    this.#record = record;
    this.#added = record.added.flatMap(({ manifest, url }) => entryOrNone(manifest, url) ?? []);
  }
}

function others({ added }: ShelfRecord, id: string): ShelfRecord['added'] {
  return added.filter(({ manifest, url }) => entryOrNone(manifest, url)?.id !== id);
}

/** Null for what an older Tessera took and this one does not. */
function entryOrNone(manifest: unknown, url: string): ModelEntry | null {
  try {
    return entryOfManifest(manifest, url);
  } catch {
    return null;
  }
}

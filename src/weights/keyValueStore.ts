/** What weights need of a place to keep things, and that place in IndexedDB. */
import { delMany, get, keys, set } from 'idb-keyval';
import { reopeningStore } from '../storage/reopeningStore';

export interface KeyValueStore<T> {
  get(key: string): Promise<T | undefined>;
  set(key: string, value: T): Promise<void>;
  keys(): Promise<string[]>;
  delete(keys: readonly string[]): Promise<void>;
}

/** One database for one store: idb-keyval cannot add a second store to a database that exists. */
export function indexedDbStore<T>(databaseName: string): KeyValueStore<T> {
  const store = reopeningStore(databaseName);
  return {
    get: (key) => get<T>(key, store),
    set: (key, value) => set(key, value, store),
    keys: () => keys<string>(store),
    delete: (doomed) => delMany([...doomed], store),
  };
}

export function isQuotaExceeded(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

/** What weights need of a place to keep things, and that place in IndexedDB. */
import { createStore, delMany, get, keys, set, type UseStore } from 'idb-keyval';

export interface KeyValueStore<T> {
  get(key: string): Promise<T | undefined>;
  set(key: string, value: T): Promise<void>;
  keys(): Promise<string[]>;
  delete(keys: readonly string[]): Promise<void>;
}

/** One database for one store: idb-keyval cannot add a second store to a database that exists. */
export function indexedDbStore<T>(databaseName: string): KeyValueStore<T> {
  const use = reopening(() => createStore(databaseName, 'entries'));
  return {
    get: (key) => use((store) => get<T>(key, store)),
    set: (key, value) => use((store) => set(key, value, store)),
    keys: () => use((store) => keys<string>(store)),
    delete: (doomed) => use((store) => delMany([...doomed], store)),
  };
}

export function isQuotaExceeded(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

/**
 * Safari drops connections of background tabs and does not always say so; every later transaction then fails. A new
 * connection may work, so each operation gets one; blind retries beyond that were seen to fail too.
 */
function reopening(open: () => UseStore) {
  let store = open();
  return async <R>(operation: (store: UseStore) => Promise<R>): Promise<R> => {
    try {
      return await operation(store);
    } catch (error) {
      if (isQuotaExceeded(error)) throw error;
      store = open();
      return operation(store);
    }
  };
}

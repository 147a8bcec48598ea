/** IndexedDB through idb-keyval, for folders that keep things: one database for one store. */
import { createStore, type UseStore } from 'idb-keyval';
import { ApiError } from '../api/errors';

/**
 * What idb-keyval's functions take as their store, and a transaction of one's own:
 * `use('readwrite', async (table) => …)`. IndexedDB runs the readwrite transactions of a store one after the other, over
 * all tabs and workers of the origin, and each wholly or not at all. Reading, deciding and writing in one transaction
 * is therefore safe without any lock, also where Web Locks are missing (insecure contexts) or forbidden (third-party frames).
 *
 * Safari drops connections of background tabs and does not always say so; every later transaction then fails. A new
 * connection may work, so each operation gets one; blind retries beyond that were seen to fail too. A transaction that
 * failed has written nothing, so that it can be run again.
 */
export function reopeningStore(databaseName: string): UseStore {
  const open = () => createStore(databaseName, 'entries');
  let store = open();
  return async (mode, callback) => {
    try {
      return await store(mode, callback);
    } catch (error) {
      if (isFinal(error)) throw error;
      store = open();
      return store(mode, callback);
    }
  };
}

/** A decision of our own code, or a full disk. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError || (error instanceof Error && error.name === 'QuotaExceededError');
}

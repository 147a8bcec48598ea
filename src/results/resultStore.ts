/** Finished pictures in IndexedDB, as Blobs: the browser keeps their bytes in files and reads only what is asked for. */
import { delMany, keys, promisifyRequest, set } from 'idb-keyval';
import { reopeningStore } from '../storage/reopeningStore';
import type { PictureKey, Shelf } from './shelf';

/** Unequal keys lie side by side when they differ in the size alone: a link, which does not know it, finds them by range. */
type StoredKey = readonly [deletesAtS: number, id: string, index: number, sizeBytes: number];

export function openShelf(): Shelf {
  const store = reopeningStore('tessera-results');
  return {
    put: (key, blob) => set([...storedKey(key)], blob, store),
    find: ({ deletesAtS, id, index }) =>
      store('readonly', async (table) => {
        const link = [deletesAtS, id, index];
        const range = IDBKeyRange.bound([...link, 0], [...link, Number.POSITIVE_INFINITY]);
        const picture: unknown = await promisifyRequest(table.get(range));
        return picture instanceof Blob ? picture : null;
      }),
    keys: async () => (await keys(store)).flatMap((key) => pictureKey(key) ?? []),
    remove: (doomed) =>
      delMany(
        doomed.map((key) => [...storedKey(key)]),
        store,
      ),
  };
}

function storedKey({ deletesAtS, id, index, sizeBytes }: PictureKey): StoredKey {
  return [deletesAtS, id, index, sizeBytes];
}

function pictureKey(key: IDBValidKey): PictureKey | null {
  if (!Array.isArray(key)) return null;
  const [deletesAtS, id, index, sizeBytes] = key;
  if (typeof deletesAtS !== 'number' || typeof id !== 'string') return null;
  if (typeof index !== 'number' || typeof sizeBytes !== 'number') return null;
  return { deletesAtS, id, index, sizeBytes };
}

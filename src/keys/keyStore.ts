/** Keys in IndexedDB, by the SHA-256 of their secret: the secrets themselves are kept nowhere. */
import { entries, get, promisifyRequest } from 'idb-keyval';
import * as v from 'valibot';
import { reopeningStore } from '../storage/reopeningStore';

const KeySchema = v.object({
  id: v.string(),
  name: v.string(),
  createdAtMs: v.number(),
  lastUsedAtMs: v.nullable(v.number()),
  /** A revoked key is remembered, so that it stays out even where any other text may enter. */
  revokedAtMs: v.nullable(v.number()),
});

export type KeyRecord = Readonly<v.InferOutput<typeof KeySchema>>;

export interface KeyStore {
  get(hash: string): Promise<KeyRecord | null>;
  put(hash: string, record: KeyRecord): Promise<void>;
  /** Reads and writes in one transaction, so that no tab undoes what another one did. Unknown keys stay unknown. */
  change(hash: string, change: (record: KeyRecord) => KeyRecord): Promise<void>;
  all(): Promise<readonly (readonly [hash: string, record: KeyRecord])[]>;
}

export function openKeyStore(): KeyStore {
  const store = reopeningStore('tessera-keys');
  return {
    get: async (hash) => readKey(await get(hash, store)),
    put: (hash, record) =>
      store('readwrite', (table) => {
        table.put(record, hash);
        return promisifyRequest(table.transaction);
      }),
    change: (hash, change) =>
      store('readwrite', async (table) => {
        const record = readKey(await promisifyRequest(table.get(hash)));
        if (record) table.put(change(record), hash);
        await promisifyRequest(table.transaction);
      }),
    all: async () =>
      (await entries(store)).flatMap(([hash, entry]) => {
        const record = readKey(entry);
        return record ? [[String(hash), record] as const] : [];
      }),
  };
}

/** The last resort where nothing can be stored: keys live as long as the page. */
export function memoryKeyStore(): KeyStore {
  const records = new Map<string, KeyRecord>();
  return {
    get: async (hash) => records.get(hash) ?? null,
    put: async (hash, record) => {
      records.set(hash, record);
    },
    change: async (hash, change) => {
      const record = records.get(hash);
      if (record) records.set(hash, change(record));
    },
    all: async () => [...records],
  };
}

/** An entry that makes no sense counts as missing. */
function readKey(entry: unknown): KeyRecord | null {
  return v.is(KeySchema, entry) ? entry : null;
}

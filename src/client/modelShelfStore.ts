/** What the user said of models: licences accepted, models added by address. Kept in this browser where it can be. */
import { promisifyRequest } from 'idb-keyval';
import * as v from 'valibot';
import { FailSafe } from '../storage/failSafe';
import { reopeningStore } from '../storage/reopeningStore';

const RecordSchema = v.object({
  /** Addresses of texts, not of models: one licence is asked for once. */
  accepted: v.fallback(v.array(v.string()), []),
  /** Manifests as they came, so that a newer Tessera reads them anew. */
  added: v.fallback(v.array(v.object({ url: v.string(), manifest: v.unknown() })), []),
  /** When the files of each model were last read in full, in milliseconds since the epoch. */
  checkedAtMs: v.fallback(v.record(v.string(), v.number()), {}),
});

export type ShelfRecord = Readonly<v.InferOutput<typeof RecordSchema>>;

export interface ShelfStore {
  read(): Promise<ShelfRecord>;
  /** Reads and writes in one transaction, so that no tab undoes what another one did. */
  change(change: (record: ShelfRecord) => ShelfRecord): Promise<ShelfRecord>;
}

const KEY = 'shelf';

/** Where storage is blocked, what is said counts until the page is closed, which is no error. */
export function openShelfStore(): ShelfStore {
  const stores = new FailSafe(diskStore(), memoryStore);
  return {
    read: () => stores.use((store) => store.read()),
    change: (change) => stores.use((store) => store.change(change)),
  };
}

function diskStore(): ShelfStore {
  const use = reopeningStore('tessera-model-shelf');
  return {
    read: () => use('readonly', async (table) => readRecord(await promisifyRequest(table.get(KEY)))),
    change: (change) =>
      use('readwrite', async (table) => {
        const record = change(readRecord(await promisifyRequest(table.get(KEY))));
        table.put(record, KEY);
        await promisifyRequest(table.transaction);
        return record;
      }),
  };
}

function memoryStore(): ShelfStore {
  let record = readRecord(null);
  return {
    read: async () => record,
    change: async (change) => {
      record = change(record);
      return record;
    },
  };
}

/** What makes no sense counts as missing. */
function readRecord(stored: unknown): ShelfRecord {
  const result = v.safeParse(RecordSchema, stored);
  return result.success ? result.output : { accepted: [], added: [], checkedAtMs: {} };
}

/** Disks that fail, at every point and in every way. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stores } from '../../../src/weights/storage';
import { noiseModel } from '../../faults/model';
import { FaultServer } from '../../faults/server';
import { freshStores, isWhole, open } from './openInNode';

const model = noiseModel({ seed: 3 });
const CHUNKS = 9;

// They talk over real sockets: a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start(model);
});
afterEach(() => server.stop());

type Operation = 'get' | 'set' | 'keys' | 'delete';

/** Stores whose operation number `at` (counted over both) and all later ones end as `fail` says. */
function failingFrom(at: number, fail: (operation: Operation) => Promise<never> | null, inner = freshStores()): Stores {
  let count = 0;
  const wrap = <T extends object>(store: T): T =>
    new Proxy(store, {
      get: (target, name) => {
        const work = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => (count++ >= at ? fail(name as Operation) : null) ?? work(...args);
      },
    });
  return { chunks: wrap(inner.chunks), records: wrap(inner.records) };
}

const broken = () => Promise.reject(new DOMException('Connection to Indexed Database server lost', 'UnknownError'));
const full = (operation: Operation) =>
  operation === 'set' ? Promise.reject(new DOMException('', 'QuotaExceededError')) : null;
const hanging = () => new Promise<never>(() => {});

describe('a disk', () => {
  it('that is broken from any operation on: the model is whole, in memory, with one notice', async () => {
    let at = 0;
    for (; at < 200; at++) {
      const { weights, notices } = await open(server, { stores: failingFrom(at, broken) });
      expect(await isWhole(weights, model)).toBe(true);
      expect(notices.length).toBe(weights.inMemory ? 1 : 0);
      if (!weights.inMemory) break;
    }
    // 1 look at the records, 2 rounds of looking at the chunks, their writes, the record: then nothing matters any more.
    expect(at).toBe(1 + 2 * CHUNKS + CHUNKS + 1);
  });

  it('that is full at any chunk: the same, and the notice says so', async () => {
    for (let at = 0; at < 1 + 2 * CHUNKS + CHUNKS + 1; at++) {
      const { weights, notices } = await open(server, { stores: failingFrom(at, full) });
      expect(await isWhole(weights, model)).toBe(true);
      expect(weights.inMemory).toBe(true);
      expect(notices).toMatchObject([{ type: 'notice', code: 'storage_unavailable' }]);
      expect(notices[0]?.message).toMatch(/not enough room/);
    }
  });

  it('that hangs is given up', async () => {
    for (const at of [0, 5, 1 + 2 * CHUNKS, 1 + 3 * CHUNKS]) {
      const { weights, notices } = await open(server, { stores: failingFrom(at, hanging), storagePatienceMs: 200 });
      expect(await isWhole(weights, model)).toBe(true);
      expect(notices).toHaveLength(1);
    }
  });

  it('that breaks while old chunks are swept out changes nothing', async () => {
    for (const fail of [broken, hanging]) {
      const stores = failingFrom(1 + 3 * CHUNKS + 1, fail);
      const { weights, notices } = await open(server, { stores, storagePatienceMs: 200 });
      expect(await isWhole(weights, model)).toBe(true);
      expect(weights.inMemory).toBe(false);
      expect(notices).toEqual([]);
    }
  });

  it('with one entry that cannot be read gets it again', async () => {
    const stores = freshStores();
    await open(server, { stores });
    const [unreadable] = await stores.chunks.keys();
    const get: Stores['chunks']['get'] = (key) => (key === unreadable ? broken() : stores.chunks.get(key));
    server.forget();
    const { weights, notices } = await open(server, { stores: { ...stores, chunks: { ...stores.chunks, get } } });
    expect(await isWhole(weights, model)).toBe(true);
    expect(server.asked).toHaveLength(1);
    expect(notices).toEqual([]);
  });

  it('that filled up half-way keeps what it has for the next start', async () => {
    const inner = freshStores();
    await open(server, { stores: failingFrom(1 + 2 * CHUNKS + 4, full, inner) });
    expect(await inner.chunks.keys()).toHaveLength(4);
    expect(await inner.records.keys()).toEqual([]);
    server.forget();
    const { weights, progress } = await open(server, { stores: inner });
    expect(await isWhole(weights, model)).toBe(true);
    expect(progress.filter(({ source }) => source === 'cache')).toHaveLength(4);
  });
});

it('no IndexedDB at all, as here in Node: in memory, with one notice', async () => {
  const { weights, notices } = await open(server);
  expect(weights.inMemory).toBe(true);
  expect(await isWhole(weights, model)).toBe(true);
  expect(notices).toHaveLength(1);
  expect(notices[0]?.message).toMatch(/does not let the page store/);
});

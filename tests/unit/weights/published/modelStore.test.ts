/** What the store of published models does where its records cannot be read. */
import { describe, expect, test } from 'vitest';
import type { KeyValueStore } from '../../../../src/weights/keyValueStore';
import { memoryStore } from '../../../../src/weights/memoryStore';
import { Filling } from '../../../../src/weights/published/filling';
import { ModelStore, type ModelStores } from '../../../../src/weights/published/modelStore';
import { emptyFile, type ModelRecord } from '../../../../src/weights/published/source';

const FILE = { ...emptyFile({ path: 'a', url: 'https://a.example/a', sizeBytes: 2, sha256: null, chunkBytes: 1 }) };
const RECORD: ModelRecord = { id: 'm', revision: '1', files: [{ ...FILE, chunks: ['named'] }], checkedAtMs: null };

async function filled(): Promise<ModelStores> {
  const stores = { chunks: memoryStore<Blob>(), records: memoryStore<ModelRecord>() };
  for (const hash of ['named', 'astray']) await stores.chunks.set(hash, new Blob(['x']));
  await stores.records.set('m', RECORD);
  return stores;
}

const refuse = () => Promise.reject(new DOMException('', 'UnknownError'));

function over({ chunks, records }: ModelStores, broken: Partial<KeyValueStore<ModelRecord>>) {
  return new ModelStore({ chunks, records: { ...records, ...broken } }, () => {});
}

describe('a sweep', () => {
  test('deletes what no record names', async () => {
    const stores = await filled();
    await over(stores, {}).sweep();
    expect(await stores.chunks.keys()).toEqual(['named']);
  });

  test.each([
    ['the list of records', { keys: refuse }],
    ['a record', { get: refuse }],
  ])('deletes nothing where %s cannot be read', async (_what, broken) => {
    const stores = await filled();
    const store = over(stores, broken);
    await store.sweep();
    await store.remove('other');
    expect(await stores.chunks.keys()).toEqual(['named', 'astray']);
    expect(await store.records()).toEqual([]);
  });
});

describe('a model that is being filled', () => {
  const chunk = { hash: 'next', blob: new Blob(['y']) };
  const next = { ...FILE, chunks: ['named', 'next'] };

  test('is not taken for removed where its record cannot be read', async () => {
    const stores = await filled();
    await new Filling(over(stores, { get: refuse }), RECORD).keep(0, next, chunk);
    expect(await stores.records.get('m')).toMatchObject({ files: [{ chunks: ['named', 'next'] }] });
  });

  test('is removed where its record is gone, from a disk or from the memory in its place', async () => {
    for (const broken of [{}, { get: refuse, set: refuse }]) {
      const stores = await filled();
      const store = over(stores, broken);
      const filling = new Filling(store, RECORD);
      await filling.keep(0, next, chunk);
      await store.remove('m');
      await expect(filling.keep(0, next, chunk)).rejects.toMatchObject({ code: 'cancelled' });
    }
  });
});

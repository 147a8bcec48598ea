/** The library of published models, in Node: what it keeps, where, and what the user brings. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KeyValueStore } from '../../../../src/weights/keyValueStore';
import { memoryStore } from '../../../../src/weights/memoryStore';
import { noiseModel } from '../../../faults/model';
import { NoiseShelf, SIZES, work } from './noiseShelf';

let shelf: NoiseShelf;

beforeEach(async () => {
  shelf = await NoiseShelf.start();
});

afterEach(() => shelf.server.stop());

describe('the store', () => {
  test('is empty again when a model is removed', async () => {
    const library = shelf.open();
    await library.download(shelf.source(), work());
    await library.remove('noise');
    expect(await shelf.stores.chunks.keys()).toEqual([]);
    expect(await library.list()).toEqual([]);
  });

  test('keeps the chunks that two revisions share, and drops those of the old one', async () => {
    const library = shelf.open();
    await library.download(shelf.source(), work());
    const files = new Map(shelf.model.files).set(
      'vae/model.onnx',
      noiseModel({ seed: 99, sizes: SIZES }).files.get('vae/model.onnx') ?? Buffer.alloc(0),
    );
    shelf.model = { ...shelf.model, files };
    shelf.server.deploy(shelf.model);
    shelf.server.forget();
    await library.download({ ...shelf.source(), revision: '2' }, work());
    await shelf.expectWhole(library);
    expect((await shelf.stores.chunks.keys()).length).toBe(13);
    // What is published with the same hash is the same file.
    expect(shelf.server.asked.map(({ path }) => path)).toEqual(['vae/model.onnx']);
  });

  test('gives way to memory when the disk is full, and says so once', async () => {
    const notices: string[] = [];
    const full = {
      ...memoryStore<Blob>(),
      set: async () => Promise.reject(new DOMException('', 'QuotaExceededError')),
    };
    const library = shelf.open({
      stores: { ...shelf.stores, chunks: full },
      onNotice: ({ code }) => notices.push(code),
    });
    const { inMemory } = await library.download(shelf.source(), work());
    expect([inMemory, notices]).toEqual([true, ['storage_unavailable']]);
    await shelf.expectWhole(library);
  });

  test('makes room on a full disk by what no model needs', async () => {
    const disk = diskFor(13);
    for (const stray of ['a', 'b', 'c']) await disk.set(stray, new Blob([stray]));
    const notices: string[] = [];
    const library = shelf.open({
      stores: { ...shelf.stores, chunks: disk },
      onNotice: ({ code }) => notices.push(code),
    });
    expect(await library.download(shelf.source(), work())).toMatchObject({ isComplete: true, inMemory: false });
    expect(notices).toEqual([]);
    await shelf.expectWhole(library);
  });

  test('knows which models are on the disk, and uses it again when there is room', async () => {
    const disk = diskFor(13);
    const library = shelf.open({ stores: { ...shelf.stores, chunks: disk } });
    await library.download(shelf.source(), work());
    const other = { ...shelf.source('sizes'), id: 'other' };
    shelf.model = noiseModel({ seed: 12, sizes: SIZES });
    shelf.server.deploy(shelf.model);
    expect(await library.download(other, work())).toMatchObject({ id: 'other', inMemory: true });
    const listed = async () => (await library.list()).map(({ id, inMemory }) => [id, inMemory]);
    expect(await listed()).toEqual([
      ['noise', false],
      ['other', true],
    ]);
    for (const id of ['other', 'noise']) await library.remove(id);
    expect(await library.download(other, work())).toMatchObject({ inMemory: false });
  });
});

describe('an import', () => {
  test('takes what is there and names what is missing', async () => {
    const library = shelf.open();
    const [unet] = shelf.blobs();
    const { missing } = await library.importFiles(shelf.source(), new Map(unet ? [unet] : []), work());
    expect(missing).toEqual(['vae/model.onnx', 'tokenizer/merges.txt']);
    await library.importFiles(shelf.source(), new Map(shelf.blobs()), work());
    await shelf.expectWhole(library);
    expect(shelf.server.asked).toEqual([]);
  });

  test('loses nothing when the disk is full in the middle of a file', async () => {
    const library = shelf.open({ stores: { ...shelf.stores, chunks: diskFor(5) } });
    await library.importFiles(shelf.source(), new Map(shelf.blobs()), work());
    await shelf.expectWhole(library);
    expect(shelf.server.asked).toEqual([]);
  });

  test('that is stopped leaves a file as it was', async () => {
    const library = shelf.open();
    const stop = new AbortController();
    const importing = library.importFiles(shelf.source(), new Map(shelf.blobs()), {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(importing).rejects.toMatchObject({ code: 'cancelled' });
    expect(await library.list()).toMatchObject([{ storedBytes: 0, isComplete: false }]);
    await library.download(shelf.source(), work());
    await shelf.expectWhole(library);
  });

  test('refuses a file that is another', async () => {
    const library = shelf.open();
    const wrong = new Map(shelf.blobs()).set('vae/model.onnx', new Blob([new Uint8Array(8192)]));
    await expect(library.importFiles(shelf.source(), wrong, work())).rejects.toMatchObject({ code: 'weights_damaged' });
  });
});

/** With room for so many chunks. */
function diskFor(most: number): KeyValueStore<Blob> {
  const disk = memoryStore<Blob>();
  return {
    ...disk,
    set: async (key, blob) => {
      if ((await disk.keys()).length >= most) throw new DOMException('', 'QuotaExceededError');
      await disk.set(key, blob);
    },
  };
}

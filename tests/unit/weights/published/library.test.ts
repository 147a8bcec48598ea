/** The library of published models, in Node: a real server that misbehaves, stores in memory. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryStore } from '../../../../src/weights/memoryStore';
import { Library, type LibraryOptions } from '../../../../src/weights/published/library';
import type { ModelStores } from '../../../../src/weights/published/modelStore';
import type { WeightSource } from '../../../../src/weights/published/source';
import { type NoiseModel, noiseModel, sha256 } from '../../../faults/model';
import { FaultServer } from '../../../faults/server';
import { QUICK } from '../quick';

const CHUNK_BYTES = 4096;
const SIZES = { 'unet/model.onnx': 40_000, 'vae/model.onnx': 8192, 'tokenizer/merges.txt': 700 };

let server: FaultServer;
let model: NoiseModel;
let stores: ModelStores;

beforeEach(async () => {
  model = noiseModel({ seed: 11, sizes: SIZES });
  server = await FaultServer.start(model);
  stores = { chunks: memoryStore(), records: memoryStore() };
});

afterEach(() => server.stop());

describe('a download', () => {
  test('ends with every byte as published, whatever was known before', async () => {
    for (const known of ['sizes and hashes', 'sizes', 'nothing'] as const) {
      const fresh = { chunks: memoryStore<Blob>(), records: memoryStore<never>() };
      const library = open({ stores: fresh });
      await library.download(source(known), work());
      await expectWhole(library);
    }
  });

  test('goes on where it was stopped, and fetches at most one chunk again', async () => {
    for (const afterBytes of [1, 4095, 4096, 4097, 20_000, 39_999]) {
      stores = { chunks: memoryStore(), records: memoryStore() };
      server.forget();
      server.misbehave({ type: 'reset', afterBytes, path: 'unet/model.onnx', times: 1 });
      const stop = new AbortController();
      const stopping = open({ policy: { ...QUICK, tries: 1 } }).download(source(), { ...work(), signal: stop.signal });
      await stopping.catch(() => {});
      // Another worker, later: nothing but what is stored is left.
      const library = open();
      await library.download(source(), work());
      await expectWhole(library);
      const fetched = server.asked.reduce((sum, { path, range }) => {
        const whole = SIZES[path as keyof typeof SIZES];
        const [from, to] = range ?? [0, whole];
        return sum + (path === 'unet/model.onnx' && range === null ? Math.min(afterBytes, whole) : to - from);
      }, 0);
      const total = Object.values(SIZES).reduce((sum, size) => sum + size, 0);
      expect(fetched - total).toBeLessThanOrEqual(CHUNK_BYTES);
    }
  });

  test('survives a server that ignores ranges, and one that cuts bodies short', async () => {
    server.misbehave(
      { type: 'truncate', afterBytes: 9000, path: 'unet/model.onnx', times: 1 },
      { type: 'ignoreRange' },
    );
    const library = open();
    await library.download(source('nothing'), work());
    await expectWhole(library);
  });

  test('starts a file over when the server has another version of it', async () => {
    const library = open({ policy: { ...QUICK, tries: 1 } });
    server.misbehave({ type: 'reset', afterBytes: 20_000, path: 'unet/model.onnx', times: 1 });
    await library.download(source('nothing'), work()).catch(() => {});
    const next = noiseModel({ seed: 12, sizes: SIZES });
    server.deploy(next);
    model = next;
    await open().download(source('nothing'), work());
    await expectWhole(open());
  });

  test('asks the host again when the signed address has expired', async () => {
    server.sign(1);
    server.misbehave({ type: 'reset', afterBytes: 9000, path: 'unet/model.onnx', times: 2 });
    const library = open();
    await library.download(source(), work());
    await expectWhole(library);
  });

  test('refuses bytes that are not the published ones, and keeps none of them', async () => {
    server.misbehave({ type: 'flip', atByte: 5000, path: 'unet/model.onnx', times: 1 });
    const library = open();
    await expect(library.download(source(), work())).rejects.toMatchObject({ code: 'weights_damaged' });
    await expect(library.open('noise')).rejects.toMatchObject({ code: 'weights_missing' });
    await library.download(source(), work());
    await expectWhole(library);
  });

  test('refuses a web page, and a file of another size', async () => {
    server.misbehave({ type: 'html' });
    await expect(open().download(source(), work())).rejects.toMatchObject({ code: 'weights_unreachable' });
    server.misbehave();
    const other = source('sizes');
    const wrong = { ...other, files: other.files.map((file) => ({ ...file, sizeBytes: (file.sizeBytes ?? 0) + 1 })) };
    await expect(open().download(wrong, work())).rejects.toMatchObject({ code: 'weights_damaged' });
  });

  test('is cancelled by its signal, between two chunks at the latest', async () => {
    const stop = new AbortController();
    server.misbehave({ type: 'slow', pieceBytes: 1000, pauseMs: 5 });
    const downloading = open().download(source(), { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(downloading).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('tells bytes that only grow, up to the total', async () => {
    const told: number[] = [];
    let total: number | null = null;
    await open().download(source(), {
      signal: new AbortController().signal,
      onProgress: ({ loadedBytes, totalBytes }) => {
        told.push(loadedBytes);
        total = totalBytes;
      },
    });
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(total);
    expect(total).toBe(48_892);
  });
});

describe('a check', () => {
  test('finds one flipped bit in any chunk, and fetches that chunk alone', async () => {
    const library = open();
    await library.download(source(), work());
    for (const hash of await stores.chunks.keys()) {
      const chunk = await stores.chunks.get(hash);
      const bytes = new Uint8Array((await chunk?.arrayBuffer()) ?? new ArrayBuffer());
      const at = Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await stores.chunks.set(hash, new Blob([bytes]));
      server.forget();
      expect(await library.check('noise', work())).toEqual({ checkedChunks: 13, repairedChunks: 1 });
      expect(server.asked).toHaveLength(1);
      const [from, to] = server.asked[0]?.range ?? [0, 0];
      expect(to - from).toBe(bytes.length);
      await expectWhole(library);
    }
  });

  test('repairs what is missing, and says so where it cannot', async () => {
    const library = open();
    await library.download(source(), work());
    const [first = ''] = await stores.chunks.keys();
    await stores.chunks.delete([first]);
    await expect(library.open('noise')).rejects.toMatchObject({ code: 'weights_damaged' });
    server.misbehave({ type: 'status', status: 404 });
    await expect(library.check('noise', work())).rejects.toMatchObject({ code: 'weights_unreachable' });
    server.misbehave();
    expect((await library.check('noise', work())).repairedChunks).toBe(1);
    await expectWhole(library);
  });
});

describe('the store', () => {
  test('is empty again when a model is removed', async () => {
    const library = open();
    await library.download(source(), work());
    await library.remove('noise');
    expect(await stores.chunks.keys()).toEqual([]);
    expect(await library.list()).toEqual([]);
  });

  test('keeps the chunks that two revisions share, and drops those of the old one', async () => {
    const library = open();
    await library.download(source(), work());
    const files = new Map(model.files).set(
      'vae/model.onnx',
      noiseModel({ seed: 99, sizes: SIZES }).files.get('vae/model.onnx') ?? Buffer.alloc(0),
    );
    model = { ...model, files };
    server.deploy(model);
    await library.download({ ...source(), revision: '2' }, work());
    await expectWhole(library);
    expect((await stores.chunks.keys()).length).toBe(13);
  });

  test('gives way to memory when the disk is full, and says so once', async () => {
    const notices: string[] = [];
    const full = {
      ...memoryStore<Blob>(),
      set: async () => Promise.reject(new DOMException('', 'QuotaExceededError')),
    };
    const library = open({ stores: { ...stores, chunks: full }, onNotice: ({ code }) => notices.push(code) });
    const { inMemory } = await library.download(source(), work());
    expect([inMemory, notices]).toEqual([true, ['storage_unavailable']]);
    await expectWhole(library);
  });
});

describe('an import', () => {
  test('takes what is there and names what is missing', async () => {
    const library = open();
    const [unet] = blobs();
    const { missing } = await library.importFiles(source(), new Map(unet ? [unet] : []), work());
    expect(missing).toEqual(['vae/model.onnx', 'tokenizer/merges.txt']);
    await library.importFiles(source(), new Map(blobs()), work());
    await expectWhole(library);
    expect(server.asked).toEqual([]);
  });

  test('refuses a file that is another', async () => {
    const library = open();
    const wrong = new Map(blobs()).set('vae/model.onnx', new Blob([new Uint8Array(8192)]));
    await expect(library.importFiles(source(), wrong, work())).rejects.toMatchObject({ code: 'weights_damaged' });
  });
});

function open(options: LibraryOptions = {}): Library {
  return new Library({ stores, policy: QUICK, chunkBytes: CHUNK_BYTES, ...options });
}

function work() {
  return { signal: new AbortController().signal, onProgress: () => {} };
}

function source(known: 'sizes and hashes' | 'sizes' | 'nothing' = 'sizes and hashes'): WeightSource {
  const files = [...model.files].map(([path, bytes]) => ({
    path,
    url: server.url(path),
    sizeBytes: known === 'nothing' ? null : bytes.length,
    sha256: known === 'sizes and hashes' ? sha256(bytes) : null,
  }));
  return { id: 'noise', revision: '1', files };
}

function blobs(): [string, Blob][] {
  return [...model.files].map(([path, bytes]) => [path, new Blob([new Uint8Array(bytes)])]);
}

async function expectWhole(library: Library): Promise<void> {
  const files = await library.open('noise');
  expect([...files.keys()]).toEqual([...model.files.keys()]);
  for (const [path, bytes] of model.files) {
    const stored = Buffer.from((await files.get(path)?.arrayBuffer()) ?? new ArrayBuffer());
    expect(stored.equals(bytes)).toBe(true);
  }
}

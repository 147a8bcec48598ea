/** The library of published models, in Node: downloads from a real server that misbehaves, and checks of what is stored. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryStore } from '../../../../src/weights/memoryStore';
import { noiseModel } from '../../../faults/model';
import { QUICK } from '../quick';
import { CHUNK_BYTES, NoiseShelf, SIZES, work } from './noiseShelf';

let shelf: NoiseShelf;

beforeEach(async () => {
  shelf = await NoiseShelf.start();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await shelf.server.stop();
});

describe('a download', () => {
  test('ends with every byte as published, whatever was known before', async () => {
    for (const known of ['sizes and hashes', 'sizes', 'nothing'] as const) {
      const fresh = { chunks: memoryStore<Blob>(), records: memoryStore<never>() };
      const library = shelf.open({ stores: fresh });
      await library.download(shelf.source(known), work());
      await shelf.expectWhole(library);
    }
  });

  test('goes on where it was stopped, and fetches at most one chunk again', async () => {
    for (const afterBytes of [1, 4095, 4096, 4097, 20_000, 39_999]) {
      shelf.stores = { chunks: memoryStore(), records: memoryStore() };
      shelf.server.forget();
      shelf.server.misbehave({ type: 'reset', afterBytes, path: 'unet/model.onnx', times: 1 });
      const stop = new AbortController();
      const stopping = shelf
        .open({ policy: { ...QUICK, tries: 1 } })
        .download(shelf.source(), { ...work(), signal: stop.signal });
      await stopping.catch(() => {});
      // Another worker, later: nothing but what is stored is left.
      const library = shelf.open();
      await library.download(shelf.source(), work());
      await shelf.expectWhole(library);
      const fetched = shelf.server.asked.reduce((sum, { path, range }) => {
        const whole = SIZES[path as keyof typeof SIZES];
        const [from, to] = range ?? [0, whole];
        return sum + (path === 'unet/model.onnx' && range === null ? Math.min(afterBytes, whole) : to - from);
      }, 0);
      const total = Object.values(SIZES).reduce((sum, size) => sum + size, 0);
      expect(fetched - total).toBeLessThanOrEqual(CHUNK_BYTES);
    }
  });

  test('survives a server that ignores ranges, and one that cuts bodies short', async () => {
    shelf.server.misbehave(
      { type: 'truncate', afterBytes: 9000, path: 'unet/model.onnx', times: 1 },
      { type: 'ignoreRange' },
    );
    const library = shelf.open();
    await library.download(shelf.source('nothing'), work());
    await shelf.expectWhole(library);
  });

  test('is not misled by a server that lies about a length', async () => {
    for (const known of ['sizes and hashes', 'nothing'] as const) {
      for (const byBytes of [5000, -5000]) {
        const fresh = { chunks: memoryStore<Blob>(), records: memoryStore<never>() };
        shelf.server.misbehave({ type: 'lieAboutLength', byBytes, path: 'unet/model.onnx', times: 1 });
        const library = shelf.open({ stores: fresh });
        await library.download(shelf.source(known), work());
        await shelf.expectWhole(library);
      }
    }
  });

  test('reads no more than a byte of what is here when it goes on, but misses what never reached the disk', async () => {
    shelf.server.misbehave({ type: 'reset', afterBytes: 30_000, path: 'unet/model.onnx', times: 1 });
    await shelf
      .open({ policy: { ...QUICK, tries: 1 } })
      .download(shelf.source(), work())
      .catch(() => {});
    const [lost = ''] = await shelf.stores.chunks.keys();
    await shelf.stores.chunks.delete([lost]);
    const read = vi.spyOn(Blob.prototype, 'arrayBuffer');
    await shelf.open().download(shelf.source(), work());
    expect(read.mock.contexts.every((blob) => (blob as Blob).size <= 1)).toBe(true);
    read.mockRestore();
    await shelf.expectWhole(shelf.open());
  });

  test.each(['before it goes on', 'while it goes on'])('gets again what the browser cleared up %s', async (when) => {
    shelf.server.misbehave({ type: 'reset', afterBytes: 30_000, path: 'unet/model.onnx', times: 1 });
    await shelf
      .open({ policy: { ...QUICK, tries: 1 } })
      .download(shelf.source(), work())
      .catch(() => {});
    const [gone = ''] = await shelf.stores.chunks.keys();
    const goes = async () => shelf.stores.chunks.set(gone, unreadable(await shelf.stores.chunks.get(gone)));
    if (when === 'before it goes on') await goes();
    let isGone = when === 'before it goes on';
    const library = shelf.open();
    await library.download(shelf.source(), {
      ...work(),
      onProgress: () => {
        if (!isGone) void goes();
        isGone = true;
      },
    });
    await shelf.expectWhole(library);
  });

  test('asks a server of its own origin for the rest of the same version only', async () => {
    vi.stubGlobal('location', { origin: new URL(shelf.server.manifestUrl).origin });
    shelf.server.misbehave({ type: 'reset', afterBytes: 20_000, path: 'unet/model.onnx', times: 1 });
    await shelf.open().download(shelf.source('nothing'), work());
    await shelf.expectWhole(shelf.open());
    const [, rest] = shelf.server.asked.filter(({ path }) => path === 'unet/model.onnx');
    expect(rest).toMatchObject({ range: [16_384, 40_000], ifRange: expect.stringMatching(/^"[0-9a-f]{16}"$/) });
  });

  test('waits for the network, and says that it does', async () => {
    const told: string[] = [];
    const network = { onLine: false };
    let comeBack = () => {};
    vi.stubGlobal('navigator', network);
    vi.stubGlobal('addEventListener', (_type: string, listener: () => void) => {
      comeBack = listener;
    });
    await shelf.open().download(shelf.source(), {
      signal: new AbortController().signal,
      onProgress: ({ state }) => {
        told.push(state);
        if (state !== 'offline') return;
        expect(shelf.server.asked).toEqual([]);
        network.onLine = true;
        setTimeout(() => comeBack());
      },
    });
    expect(told).toContain('offline');
    expect(told.at(-1)).toBe('downloading');
  });

  test('is cancelled while it waits for the network, however early', async () => {
    vi.stubGlobal('navigator', { onLine: false });
    vi.stubGlobal('addEventListener', () => {});
    const stop = new AbortController();
    const onProgress = ({ state }: { readonly state: string }) => state === 'offline' && stop.abort();
    const downloading = shelf.open().download(shelf.source(), { signal: stop.signal, onProgress });
    await expect(downloading).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('does not bring back a model that is removed meanwhile', async () => {
    const other = shelf.open();
    shelf.server.misbehave({ type: 'slow', pieceBytes: 4096, pauseMs: 5 });
    let removing: Promise<void> | null = null;
    const downloading = shelf.open().download(shelf.source(), {
      signal: new AbortController().signal,
      onProgress: ({ loadedBytes }) => {
        if (loadedBytes > 9000) removing ??= other.remove('noise');
      },
    });
    await expect(downloading).rejects.toMatchObject({ code: 'cancelled' });
    await removing;
    expect(await other.list()).toEqual([]);
  });

  test('starts a file over when the server has another version of it', async () => {
    const library = shelf.open({ policy: { ...QUICK, tries: 1 } });
    shelf.server.misbehave({ type: 'reset', afterBytes: 20_000, path: 'unet/model.onnx', times: 1 });
    await library.download(shelf.source('nothing'), work()).catch(() => {});
    const next = noiseModel({ seed: 12, sizes: SIZES });
    shelf.server.deploy(next);
    shelf.model = next;
    await shelf.open().download(shelf.source('nothing'), work());
    await shelf.expectWhole(shelf.open());
  });

  test('asks the host again when the signed address has expired', async () => {
    shelf.server.sign(1);
    shelf.server.misbehave({ type: 'reset', afterBytes: 9000, path: 'unet/model.onnx', times: 2 });
    const library = shelf.open();
    await library.download(shelf.source(), work());
    await shelf.expectWhole(library);
  });

  test('refuses bytes that are not the published ones, and keeps none of them', async () => {
    shelf.server.misbehave({ type: 'flip', atByte: 5000, path: 'unet/model.onnx', times: 1 });
    const library = shelf.open();
    await expect(library.download(shelf.source(), work())).rejects.toMatchObject({ code: 'weights_damaged' });
    await expect(library.open('noise')).rejects.toMatchObject({ code: 'weights_missing' });
    await library.download(shelf.source(), work());
    await shelf.expectWhole(library);
  });

  test('refuses a web page, and a file of another size', async () => {
    shelf.server.misbehave({ type: 'html' });
    await expect(shelf.open().download(shelf.source(), work())).rejects.toMatchObject({ code: 'weights_unreachable' });
    shelf.server.misbehave();
    const other = shelf.source('sizes');
    const wrong = { ...other, files: other.files.map((file) => ({ ...file, sizeBytes: (file.sizeBytes ?? 0) + 1 })) };
    await expect(shelf.open().download(wrong, work())).rejects.toMatchObject({ code: 'weights_damaged' });
  });

  test('is cancelled by its signal, between two chunks at the latest', async () => {
    const stop = new AbortController();
    shelf.server.misbehave({ type: 'slow', pieceBytes: 1000, pauseMs: 5 });
    const downloading = shelf.open().download(shelf.source(), { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(downloading).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('tells bytes that only grow, up to the total', async () => {
    const told: number[] = [];
    let total: number | null = null;
    await shelf.open().download(shelf.source(), {
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
    const library = shelf.open();
    await library.download(shelf.source(), work());
    for (const hash of await shelf.stores.chunks.keys()) {
      const chunk = await shelf.stores.chunks.get(hash);
      const bytes = new Uint8Array((await chunk?.arrayBuffer()) ?? new ArrayBuffer());
      const at = Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await shelf.stores.chunks.set(hash, new Blob([bytes]));
      shelf.server.forget();
      expect(await library.check('noise', work())).toEqual({ checkedChunks: 13, repairedChunks: 1 });
      expect(shelf.server.asked).toHaveLength(1);
      const [from, to] = shelf.server.asked[0]?.range ?? [0, 0];
      expect(to - from).toBe(bytes.length);
      await shelf.expectWhole(library);
    }
  });

  test('is asked for where a stored file cannot be read any more', async () => {
    const library = shelf.open();
    await library.download(shelf.source(), work());
    const [gone = ''] = await shelf.stores.chunks.keys();
    await shelf.stores.chunks.set(gone, unreadable(await shelf.stores.chunks.get(gone)));
    await expect(library.open('noise')).rejects.toMatchObject({ code: 'weights_damaged' });
    expect((await library.check('noise', work())).repairedChunks).toBe(1);
    await shelf.expectWhole(library);
  });

  test('repairs what is missing, and says so where it cannot', async () => {
    const library = shelf.open();
    await library.download(shelf.source(), work());
    const [first = ''] = await shelf.stores.chunks.keys();
    await shelf.stores.chunks.delete([first]);
    await expect(library.open('noise')).rejects.toMatchObject({ code: 'weights_damaged' });
    shelf.server.misbehave({ type: 'status', status: 404 });
    await expect(library.check('noise', work())).rejects.toMatchObject({ code: 'weights_unreachable' });
    shelf.server.misbehave();
    expect((await library.check('noise', work())).repairedChunks).toBe(1);
    await shelf.expectWhole(library);
  });
});

/** As a Blob of IndexedDB is whose file is gone: it still has its size, and so have its parts. */
function unreadable(blob: Blob = new Blob()): Blob {
  const gone = new Blob([blob]);
  const arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError'));
  return Object.assign(gone, { arrayBuffer, slice: () => Object.assign(new Blob(['.']), { arrayBuffer }) });
}

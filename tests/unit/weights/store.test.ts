/** The promises of the weight store, with stores in memory; the browser tests repeat them on IndexedDB. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stores } from '../../../src/weights/storage';
import { manifestOf, noiseModel } from '../../faults/model';
import { FaultServer } from '../../faults/server';
import { freshStores, isWhole, open } from './openInNode';
import { HASTY } from './quick';

const model = noiseModel({ seed: 11 });
const FILE = 'denoiser.onnx';

// They talk over real sockets: a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

let server: FaultServer;
let stores: Stores;
beforeEach(async () => {
  server = await FaultServer.start(model);
  stores = freshStores();
});
afterEach(() => server.stop());

describe('a second start', () => {
  it('asks for no weight file, and says where the bytes came from', async () => {
    const first = await open(server, { stores });
    expect(new Set(first.progress.map(({ source }) => source))).toEqual(new Set(['network']));
    server.forget();
    const second = await open(server, { stores });
    expect(await isWhole(second.weights, model)).toBe(true);
    expect(server.asked).toEqual([]);
    expect(new Set(second.progress.map(({ source }) => source))).toEqual(new Set(['cache']));
    expect(second.weights.inMemory).toBe(false);
    expect(second.notices).toEqual([]);
  });

  it('writes nothing', async () => {
    await open(server, { stores });
    const readOnly = <T extends object>(store: T): T => ({ ...store, set: forbidden, delete: forbidden });
    const locked = { chunks: readOnly(stores.chunks), records: readOnly(stores.records) };
    expect((await open(server, { stores: locked })).notices).toEqual([]);
  });

  it.each(['silent', 'html', 'status'] as const)(
    'works from the record when the manifest request meets %s',
    async (type) => {
      await open(server, { stores });
      server.forget();
      server.misbehave({ type, status: 500, path: 'manifest.json' });
      const { weights } = await open(server, { stores, policy: HASTY });
      expect(await isWhole(weights, model)).toBe(true);
      expect(server.asked).toEqual([]);
      expect(server.manifestRequests).toBe(1);
    },
  );

  it('works without any server', async () => {
    const { manifestUrl } = server;
    await open(server, { stores });
    await server.stop();
    const { weights } = await open({ manifestUrl } as FaultServer, { stores });
    expect(await isWhole(weights, model)).toBe(true);
    server = await FaultServer.start(model);
  });
});

describe('stored chunks', () => {
  const damages: Record<string, (blob: Blob) => Promise<Blob | null>> = {
    'one flipped bit': async (blob) => {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      return new Blob([bytes]);
    },
    'a missing byte': async (blob) => blob.slice(1),
    'nothing at all': async () => null,
  };

  it.each(Object.entries(damages))('with %s are found and fetched again alone', async (_, damage) => {
    await open(server, { stores });
    for (const key of await stores.chunks.keys()) {
      const whole = (await stores.chunks.get(key)) as Blob;
      const damaged = await damage(whole);
      await (damaged ? stores.chunks.set(key, damaged) : stores.chunks.delete([key]));
      server.forget();
      const { weights, progress } = await open(server, { stores });
      expect(await isWhole(weights, model)).toBe(true);
      expect(server.asked).toHaveLength(1);
      expect(bytesAsked(server)).toBe(whole.size);
      expect(progress.at(-1)?.source).toBe('repair');
      server.forget();
      await open(server, { stores });
      expect(server.asked).toEqual([]);
    }
  });

  it('that cannot be repaired are never handed out', async () => {
    await open(server, { stores });
    const [key = ''] = await stores.chunks.keys();
    await stores.chunks.set(key, new Blob(['?']));
    server.misbehave({ type: 'flip', atByte: 0 });
    await expect(open(server, { stores })).rejects.toMatchObject({ code: 'weights_damaged' });
    server.misbehave({ type: 'status', status: 404 });
    await expect(open(server, { stores })).rejects.toMatchObject({ code: 'weights_unreachable' });
  });
});

describe('a record', () => {
  it('exists only when every chunk does, and the next start fetches only the rest', async () => {
    const counts: number[] = [];
    const total = chunkKeys(model).length;
    for (let kept = 0; kept < total; kept++) {
      stores = freshStores();
      await interruptAfter(kept);
      expect(await stores.records.keys()).toEqual([]);
      expect(await stores.chunks.keys()).toHaveLength(kept);
      server.forget();
      const { weights } = await open(server, { stores });
      expect(await isWhole(weights, model)).toBe(true);
      counts.push(bytesAsked(server));
      expect(await stores.records.keys()).toHaveLength(1);
    }
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(new Set(counts).size).toBe(total);
  });

  it('that makes no sense counts as missing', async () => {
    await open(server, { stores });
    await stores.records.set(server.manifestUrl, { manifest: 'nonsense' });
    const { weights } = await open(server, { stores });
    expect(await isWhole(weights, model)).toBe(true);
    expect(await stores.records.get(server.manifestUrl)).toEqual({ manifest: model.manifest });
  });

  /** Aborts while chunk number `kept` is being written. */
  async function interruptAfter(kept: number): Promise<void> {
    const controller = new AbortController();
    let writes = 0;
    const set: Stores['chunks']['set'] = async (key, blob) => {
      if (writes++ === kept) controller.abort();
      if (!controller.signal.aborted) await stores.chunks.set(key, blob);
      else throw new Error('The page is gone.');
    };
    const failing = { ...stores, chunks: { ...stores.chunks, set } };
    await expect(open(server, { stores: failing, signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  }
});

describe('a new revision', () => {
  const newFile = noiseModel({ seed: 12 }).files.get(FILE) as Buffer;
  const half = Buffer.concat([(model.files.get(FILE) as Buffer).subarray(0, 8192), newFile.subarray(8192)]);
  const files = new Map(model.files).set(FILE, half);
  const updated = { manifest: manifestOf(files, { revision: '2', chunkBytes: 4096 }), files };

  it('is noticed, shares the chunks that did not change, and removes what is not needed any more', async () => {
    await open(server, { stores });
    server.deploy(updated);
    server.forget();
    const { weights, progress } = await open(server, { stores });
    expect(weights.manifest.revision).toBe('2');
    expect(await isWhole(weights, updated)).toBe(true);
    expect(server.asked).toEqual([{ path: FILE, range: [8192, half.length] }]);
    expect(progress.map(({ source }) => source)).not.toContain('repair');
    expect((await stores.chunks.keys()).sort()).toEqual(chunkKeys(updated).sort());
  });

  it('that kept its name by mistake is noticed too', async () => {
    await open(server, { stores });
    const renamed = { ...updated, manifest: { ...updated.manifest, revision: model.manifest.revision } };
    server.deploy(renamed);
    await open(server, { stores });
    expect(await stores.records.get(server.manifestUrl)).toEqual({ manifest: renamed.manifest });
    expect((await stores.chunks.keys()).sort()).toEqual(chunkKeys(renamed).sort());
  });

  it('that is only half deployed leaves the old one in use', async () => {
    await open(server, { stores });
    server.deploy(updated);
    server.misbehave({ type: 'status', status: 404 });
    const { weights, progress } = await open(server, { stores });
    expect(weights.manifest.revision).toBe('1');
    expect(await isWhole(weights, model)).toBe(true);
    expect(new Set(progress.map(({ totalBytes }) => totalBytes)).size).toBe(1);
  });
});

describe('an abort', () => {
  it('before the start does nothing', async () => {
    await expect(open(server, { stores, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
    expect(server.manifestRequests).toBe(0);
  });

  it.each(['manifest.json', FILE])('while the server is silent about %s settles at once', async (path) => {
    server.misbehave({ type: 'silent', path });
    const patient = { tries: 5, firstPauseMs: 60_000, longestPauseMs: 60_000, stallMs: 60_000 };
    await expectPrompt({ stores, policy: patient });
  });

  it('during a pause between tries settles at once', async () => {
    server.misbehave({ type: 'status', status: 503 });
    await expectPrompt({ stores, policy: { tries: 5, firstPauseMs: 60_000, longestPauseMs: 60_000, stallMs: 60_000 } });
  });

  it('with any reason is `cancelled`', async () => {
    server.misbehave({ type: 'silent' });
    const controller = new AbortController();
    const opening = open(server, { stores, signal: controller.signal });
    controller.abort('changed my mind');
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
  });

  async function expectPrompt(options: Parameters<typeof open>[1]): Promise<void> {
    const controller = new AbortController();
    const opening = open(server, { ...options, signal: controller.signal });
    const abortedAt = new Promise<number>((resolve) => {
      setTimeout(() => {
        controller.abort();
        resolve(performance.now());
      }, 50);
    });
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - (await abortedAt)).toBeLessThan(5000);
  }
});

it('a file that the model does not have is not_found', async () => {
  const { weights } = await open(server, { stores });
  await expect(weights.file('other.onnx')).rejects.toMatchObject({ code: 'not_found' });
});

function forbidden(): Promise<never> {
  return Promise.reject(new Error('Nothing may be written.'));
}

function bytesAsked({ asked }: FaultServer): number {
  return asked.reduce((sum, { path, range }) => {
    const size = model.files.get(path)?.length ?? 0;
    return sum + (range ? range[1] - range[0] : size);
  }, 0);
}

function chunkKeys({ manifest }: typeof model): string[] {
  return manifest.files.flatMap(({ chunkSha256 }) => chunkSha256);
}

/** A library over stores in memory, and a server with a model of noise: each may be replaced by a test. */
import { expect } from 'vitest';
import { memoryStore } from '../../../../src/weights/memoryStore';
import { Library, type LibraryOptions } from '../../../../src/weights/published/library';
import type { ModelStores } from '../../../../src/weights/published/modelStore';
import type { WeightSource } from '../../../../src/weights/published/source';
import { type NoiseModel, noiseModel, sha256 } from '../../../faults/model';
import { FaultServer } from '../../../faults/server';
import { QUICK } from '../quick';

export const CHUNK_BYTES = 4096;
export const SIZES = { 'unet/model.onnx': 40_000, 'vae/model.onnx': 8192, 'tokenizer/merges.txt': 700 };

export class NoiseShelf {
  /** What outlives a library, as IndexedDB outlives a worker. */
  stores: ModelStores = { chunks: memoryStore(), records: memoryStore() };

  private constructor(
    readonly server: FaultServer,
    public model: NoiseModel,
  ) {}

  static async start(): Promise<NoiseShelf> {
    const model = noiseModel({ seed: 11, sizes: SIZES });
    return new NoiseShelf(await FaultServer.start(model), model);
  }

  open(options: LibraryOptions = {}): Library {
    return new Library({ stores: this.stores, policy: QUICK, chunkBytes: CHUNK_BYTES, ...options });
  }

  source(known: 'sizes and hashes' | 'sizes' | 'nothing' = 'sizes and hashes'): WeightSource {
    const files = [...this.model.files].map(([path, bytes]) => ({
      path,
      url: this.server.url(path),
      sizeBytes: known === 'nothing' ? null : bytes.length,
      sha256: known === 'sizes and hashes' ? sha256(bytes) : null,
    }));
    return { id: 'noise', revision: '1', files };
  }

  blobs(): [string, Blob][] {
    return [...this.model.files].map(([path, bytes]) => [path, new Blob([new Uint8Array(bytes)])]);
  }

  async expectWhole(library: Library): Promise<void> {
    const files = await library.open('noise');
    expect([...files.keys()]).toEqual([...this.model.files.keys()]);
    for (const [path, bytes] of this.model.files) {
      const stored = Buffer.from((await files.get(path)?.arrayBuffer()) ?? new ArrayBuffer());
      expect(stored.equals(bytes)).toBe(true);
    }
  }
}

export function work() {
  return { signal: new AbortController().signal, onProgress: () => {} };
}

/** A model made of noise, with a true manifest: weights for tests that never look inside. */
import { createHash } from 'node:crypto';
import type { Manifest } from '../../src/weights/manifest';

export interface NoiseModel {
  readonly manifest: Manifest;
  /** By path, `manifest.json` not included. */
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface NoiseModelOptions {
  readonly seed: number;
  readonly revision?: string;
  readonly chunkBytes?: number;
  /** Sizes by path. */
  readonly sizes?: Readonly<Record<string, number>>;
}

const SMALL = { 'denoiser.onnx': 20_500, 'decoder.onnx': 8192, 'config.json': 700 };

export function noiseModel({ seed, revision = '1', chunkBytes = 4096, sizes = SMALL }: NoiseModelOptions): NoiseModel {
  const files = new Map(Object.entries(sizes).map(([path, size]) => [path, noise(`${seed}/${path}`, size)]));
  return { manifest: manifestOf(files, { revision, chunkBytes }), files };
}

/** The same bytes on every machine: the hash of a counter. */
export function noise(seed: string, sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 64) }, (_, block) =>
    createHash('sha512').update(`${seed}/${block}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}

export function manifestOf(
  files: ReadonlyMap<string, Buffer>,
  { revision, chunkBytes }: { readonly revision: string; readonly chunkBytes: number },
): Manifest {
  const entries = [...files].map(([path, bytes]) => ({
    path,
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
    chunkSha256: cut(bytes, chunkBytes).map(sha256),
  }));
  return { id: 'noise', family: 'noise', revision, chunkBytes, files: entries };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function cut(bytes: Buffer, chunkBytes: number): Buffer[] {
  const starts = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) => index * chunkBytes);
  return starts.map((start) => bytes.subarray(start, start + chunkBytes));
}

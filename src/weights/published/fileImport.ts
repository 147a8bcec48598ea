/** A file of a model from the user's own disk: cut, hashed and kept like a downloaded one. */
import { createSHA256 } from 'hash-wasm';
import { ApiError } from '../../api/errors';
import { toHex } from '../../storage/hex';
import type { StoredFile } from './source';

export interface ImportOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (haveBytes: number) => void;
  readonly keepChunk: (hash: string, chunk: Blob) => Promise<void>;
}

/** Throws `weights_damaged` where size or hash are not the published ones. */
export async function importFile(file: StoredFile, blob: Blob, options: ImportOptions): Promise<StoredFile> {
  if (file.sizeBytes !== null && file.sizeBytes !== blob.size) {
    throw wrong(file, `it has ${blob.size} bytes and should have ${file.sizeBytes}`);
  }
  const hasher = await createSHA256();
  hasher.init();
  const chunks: string[] = [];
  for (let start = 0; start < blob.size; start += file.chunkBytes) {
    options.signal.throwIfAborted();
    const bytes = new Uint8Array(await blob.slice(start, start + file.chunkBytes).arrayBuffer());
    hasher.update(bytes);
    const hash = toHex(await crypto.subtle.digest('SHA-256', bytes));
    await options.keepChunk(hash, new Blob([bytes]));
    chunks.push(hash);
    options.onBytes(start + bytes.length);
  }
  if (file.sha256 !== null && hasher.digest() !== file.sha256)
    throw wrong(file, 'its bytes are not the published ones');
  return { ...file, chunks, sizeBytes: blob.size, hashState: null, isComplete: true };
}

function wrong({ path }: StoredFile, why: string): ApiError {
  return new ApiError('weights_damaged', `The file ${path} is not the model’s: ${why}.`);
}

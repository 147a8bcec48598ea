/** A file of a model from the user's own disk: cut, hashed and kept like a downloaded one. */
import { createSHA256 } from 'hash-wasm';
import { ApiError } from '../../api/errors';
import { toHex } from '../../storage/hex';
import { emptyFile, type StoredFile } from './source';

export interface ImportOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (haveBytes: number) => void;
  /** Keeps a chunk, then what is known of the file with it. */
  readonly keep: (chunk: { readonly hash: string; readonly blob: Blob }, file: StoredFile) => Promise<void>;
}

/** No server's: a download does not go on where an import was broken off, unless the published hash will tell. */
const IMPORTED = 'imported';

/** Throws `weights_damaged` where size or hash are not the published ones. */
export async function importFile(start: StoredFile, blob: Blob, options: ImportOptions): Promise<StoredFile> {
  if (start.sizeBytes !== null && start.sizeBytes !== blob.size) {
    throw wrong(start, `it has ${blob.size} bytes and should have ${start.sizeBytes}`);
  }
  const hasher = await createSHA256();
  hasher.init();
  let file: StoredFile = { ...emptyFile(start), version: IMPORTED };
  for (let offsetBytes = 0; !file.isComplete; offsetBytes += file.chunkBytes) {
    options.signal.throwIfAborted();
    const bytes = new Uint8Array(await blob.slice(offsetBytes, offsetBytes + file.chunkBytes).arrayBuffer());
    hasher.update(bytes);
    const isLast = offsetBytes + bytes.length === blob.size;
    if (isLast && file.sha256 !== null && hasher.digest() !== file.sha256)
      throw wrong(file, 'its bytes are not the published ones');
    const hash = toHex(await crypto.subtle.digest('SHA-256', bytes));
    file = {
      ...file,
      chunks: bytes.length === 0 ? file.chunks : [...file.chunks, hash],
      hashState: isLast ? null : new Uint8Array(hasher.save()),
      version: isLast ? null : IMPORTED,
      sizeBytes: isLast ? blob.size : file.sizeBytes,
      isComplete: isLast,
    };
    await options.keep({ hash, blob: new Blob([bytes]) }, file);
    options.onBytes(offsetBytes + bytes.length);
  }
  return file;
}

function wrong({ path }: StoredFile, why: string): ApiError {
  return new ApiError('weights_damaged', `The file ${path} is not the model’s: ${why}.`);
}

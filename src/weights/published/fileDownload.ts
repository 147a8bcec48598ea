/**
 * One file of a published model, chunk by chunk, from wherever its last download stopped.
 *
 * Nothing is known of the bytes but, at best, their number and one hash over all of them. So each chunk is hashed as it
 * arrives, and the hash over the whole goes on from its kept state. That the rest belongs to what is here is told by the
 * file's version: the server's ETag. `If-Range` is sent to our own origin only, since it would cost a preflight elsewhere,
 * which hosts of models do not all allow; other answers are compared by the ETag they carry.
 */
import { createSHA256, type IHasher } from 'hash-wasm';
import { ApiError } from '../../api/errors';
import { toHex } from '../../storage/hex';
import { ByteReader } from '../byteReader';
import { type Answer, request } from '../request';
import { Interruption, type RetryPolicy, retrying } from '../retry';
import { emptyFile, type StoredFile } from './source';

export interface FileDownloadOptions {
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
  /** Bytes of the file that are here, those of an unfinished chunk included. */
  readonly onBytes: (haveBytes: number) => void;
  /** There is certainly no network: nothing is tried until there is. */
  readonly onOffline: () => void;
  /** Keeps a chunk, then what is known of the file with it. */
  readonly keep: (chunk: { readonly hash: string; readonly blob: Blob }, file: StoredFile) => Promise<void>;
}

/** Throws `weights_unreachable`, `weights_damaged`, or the signal's reason. */
export async function downloadFile(start: StoredFile, options: FileDownloadOptions): Promise<StoredFile> {
  let file = start;
  await retrying(
    async (progressed) => {
      while (!file.isComplete) {
        await untilOnline(options);
        file = await transfer(file, {
          ...options,
          keep: async (chunk, next) => {
            await options.keep(chunk, next);
            file = next;
            progressed();
          },
        });
      }
    },
    { path: file.path, ...options },
  );
  return file;
}

/** One request. Ends with the file complete, or begun anew because the server has another version now. */
async function transfer(file: StoredFile, options: FileDownloadOptions): Promise<StoredFile> {
  const offsetBytes = file.chunks.length * file.chunkBytes;
  const { signal, policy } = options;
  const headers = rangeHeaders(file, offsetBytes);
  // The HTTP cache would keep a second copy, and hand a damaged one out again.
  const answer = await request(file.url, {
    path: file.path,
    headers,
    cache: 'no-store',
    signal,
    stallMs: policy.stallMs,
  });
  try {
    const said = readHeaders(answer, offsetBytes);
    if (isOtherVersion(file, said)) return emptyFile({ ...file, sizeBytes: file.sha256 ? file.sizeBytes : null });
    const reader = new ByteReader(answer.read);
    if (said.startBytes < offsetBytes) await reader.skip(offsetBytes - said.startBytes);
    const sizeBytes = checkedSize(file, said.sizeBytes);
    return await receive({ ...file, sizeBytes, version: said.version ?? file.version }, reader, options);
  } finally {
    answer.close();
  }
}

async function receive(start: StoredFile, reader: ByteReader, options: FileDownloadOptions): Promise<StoredFile> {
  let file = start;
  const hasher = file.sha256 === null ? null : await openHasher(file);
  for (;;) {
    const offsetBytes = file.chunks.length * file.chunkBytes;
    const onBytes = (haveBytes: number) => options.onBytes(offsetBytes + haveBytes);
    const bytes = await nextChunk(file, reader, onBytes);
    const endBytes = offsetBytes + bytes.length;
    const isLast = file.sizeBytes === null ? bytes.length < file.chunkBytes : endBytes === file.sizeBytes;
    hasher?.update(bytes);
    if (isLast && hasher && hasher.digest() !== file.sha256) throw damaged(file.path);
    const hash = toHex(await crypto.subtle.digest('SHA-256', bytes));
    file = {
      ...file,
      // A body that ends with a whole chunk leaves nothing for the one after it.
      chunks: bytes.length === 0 ? file.chunks : [...file.chunks, hash],
      hashState: isLast || !hasher ? null : new Uint8Array(hasher.save()),
      sizeBytes: isLast ? endBytes : file.sizeBytes,
      isComplete: isLast,
    };
    await options.keep({ hash, blob: new Blob([bytes]) }, file);
    // What follows may be in memory already, where no aborted `fetch` stops it.
    options.signal.throwIfAborted();
    if (isLast) return file;
  }
}

function nextChunk(file: StoredFile, reader: ByteReader, onBytes: (haveBytes: number) => void) {
  const { sizeBytes, chunks, chunkBytes } = file;
  if (sizeBytes === null) return reader.takeUpTo(chunkBytes, onBytes);
  return reader.take(Math.min(chunkBytes, sizeBytes - chunks.length * chunkBytes), onBytes);
}

async function openHasher({ hashState }: StoredFile): Promise<IHasher> {
  const hasher = await createSHA256();
  hasher.init();
  return hashState ? hasher.load(hashState) : hasher;
}

/** A part of a file comes with the size of the whole, which a server may not tell otherwise: a cut body would pass for it. */
function rangeHeaders({ url, version, sizeBytes }: StoredFile, offsetBytes: number): Record<string, string> {
  if (offsetBytes === 0 && sizeBytes !== null) return {};
  const isOurs = new URL(url).origin === globalThis.location?.origin;
  return { range: `bytes=${offsetBytes}-`, ...(isOurs && version ? { 'if-range': version } : {}) };
}

interface Said {
  readonly startBytes: number;
  /** Of the whole file; null where the answer does not tell. */
  readonly sizeBytes: number | null;
  readonly version: string | null;
}

function readHeaders({ status, headers }: Answer, offsetBytes: number): Said {
  const version = headers.get('etag') ?? headers.get('last-modified');
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '');
  if (range) return { startBytes: Number(range[1]), sizeBytes: Number(range[2]), version };
  // Not every host lets a page read this header; a part that was asked for starts where it was asked to.
  if (status === 206) return { startBytes: offsetBytes, sizeBytes: null, version };
  // The length of a compressed body is not the file's.
  const length = headers.get('content-encoding') ? null : headers.get('content-length');
  return { startBytes: 0, sizeBytes: length === null ? null : Number(length), version };
}

/** Weak tags say no more than that two versions look alike. */
function isOtherVersion(file: StoredFile, said: Said): boolean {
  if (file.chunks.length === 0) return false;
  if (said.startBytes > file.chunks.length * file.chunkBytes) return true;
  return file.version !== null && said.version !== null && strong(file.version) !== strong(said.version);
}

function strong(version: string): string {
  return version.replace(/^W\//, '');
}

/** Where a size is published, no other will do; a server that lies about it is noticed when the body ends. */
function checkedSize({ path, sizeBytes, sha256 }: StoredFile, saidBytes: number | null): number | null {
  if (sizeBytes === null || saidBytes === null || saidBytes === sizeBytes) return sizeBytes ?? saidBytes;
  if (sha256 !== null) return sizeBytes;
  throw new ApiError(
    'weights_damaged',
    `The model file ${path} has ${saidBytes} bytes on the server and should have ${sizeBytes}. It was changed, or is another file.`,
  );
}

function damaged(path: string): ApiError {
  return new ApiError(
    'weights_damaged',
    `The model file ${path} does not have the bytes that were published. Get it again; if that does not help, its host has another file.`,
  );
}

/** While there is certainly no network, trying would only use up the tries. */
async function untilOnline({ signal, onOffline }: FileDownloadOptions): Promise<void> {
  if (globalThis.navigator?.onLine !== false) return;
  onOffline();
  // One that has fired already tells no listener.
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    globalThis.addEventListener('online', () => resolve(), { once: true, signal });
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** A range of a file that is known already, for a chunk that was found damaged. */
export async function fetchChunk(
  { path, url, sizeBytes, chunks, chunkBytes }: StoredFile,
  index: number,
  { policy, signal }: Pick<FileDownloadOptions, 'policy' | 'signal'>,
): Promise<Blob> {
  const startBytes = index * chunkBytes;
  const endBytes = Math.min(startBytes + chunkBytes, sizeBytes ?? Number.POSITIVE_INFINITY);
  return retrying(
    async () => {
      const headers = { range: `bytes=${startBytes}-${endBytes - 1}` };
      const answer = await request(url, { path, headers, cache: 'no-store', signal, stallMs: policy.stallMs });
      try {
        const reader = new ByteReader(answer.read);
        if (answer.status === 200) await reader.skip(startBytes);
        const bytes = await reader.take(endBytes - startBytes, () => {});
        if (toHex(await crypto.subtle.digest('SHA-256', bytes)) === chunks[index]) return new Blob([bytes]);
        throw new Interruption('other bytes came than were stored', 'weights_damaged');
      } finally {
        answer.close();
      }
    },
    { path, policy, signal },
  );
}

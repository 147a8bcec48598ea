/** Where a published model comes from, and how far it has come. */

export interface SourceFile {
  /** As the model names it, with folders. */
  readonly path: string;
  readonly url: string;
  /** Null where nobody has said. */
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
}

export interface WeightSource {
  readonly id: string;
  readonly revision: string;
  readonly files: readonly SourceFile[];
}

/** The unit of everything: fetched, hashed, stored and repaired on its own. Files keep the size they began with. */
export const CHUNK_BYTES = 8 * 1024 * 1024;

/** A file as it is stored. What has been learned of it is kept from chunk to chunk, so that nothing is lost but one. */
export interface StoredFile {
  readonly path: string;
  readonly url: string;
  /** Published, or learned from the server; null until then. */
  readonly sizeBytes: number | null;
  /** Published, or null. */
  readonly sha256: string | null;
  /** What the server said of this version of the file: its ETag, or when it was changed. */
  readonly version: string | null;
  readonly chunkBytes: number;
  /** sha256 of each chunk that is here, from the first on; all of `chunkBytes` but the file's last. */
  readonly chunks: readonly string[];
  /** State of the hash over the chunks so far, where the whole file's is published. */
  readonly hashState: Uint8Array<ArrayBuffer> | null;
  readonly isComplete: boolean;
}

export interface ModelRecord {
  readonly id: string;
  readonly revision: string;
  readonly files: readonly StoredFile[];
  /** Milliseconds since the epoch. */
  readonly checkedAtMs: number | null;
}

export function isComplete({ files }: ModelRecord): boolean {
  return files.every((file) => file.isComplete);
}

/** Of the whole model; null while the size of a file is not known. */
export function totalBytes({ files }: Pick<ModelRecord, 'files'>): number | null {
  return files.reduce<number | null>(
    (sum, { sizeBytes }) => (sum === null || sizeBytes === null ? null : sum + sizeBytes),
    0,
  );
}

/** What of a file is here. */
export function storedBytes({ sizeBytes, chunks, chunkBytes, isComplete: isWhole }: StoredFile): number {
  return isWhole && sizeBytes !== null ? sizeBytes : chunks.length * chunkBytes;
}

/** How many bytes a chunk that is here has. */
export function chunkSize({ sizeBytes, chunkBytes, isComplete: isWhole }: StoredFile, index: number): number {
  return isWhole && sizeBytes !== null ? Math.min(chunkBytes, sizeBytes - index * chunkBytes) : chunkBytes;
}

/** The record of a model before its first byte, with what an earlier try has left, or an earlier revision has alike. */
export function beginRecord(source: WeightSource, earlier: ModelRecord | null, chunkBytes = CHUNK_BYTES): ModelRecord {
  const known = new Map(earlier?.files.map((file) => [file.path, file]));
  const isSame = earlier?.revision === source.revision;
  const files = source.files.map((file): StoredFile => {
    const old = known.get(file.path);
    // Of two revisions only a published hash tells that a file is the same in both.
    return old && isSameFile(old, file) && (isSame || file.sha256 !== null)
      ? { ...old, url: file.url }
      : emptyFile({ ...file, chunkBytes });
  });
  return { id: source.id, revision: source.revision, files, checkedAtMs: null };
}

/** What is said of a file may have been corrected. */
function isSameFile(old: StoredFile, { sizeBytes, sha256 }: SourceFile): boolean {
  return old.sha256 === sha256 && (sizeBytes === null || old.sizeBytes === sizeBytes);
}

export function emptyFile(file: SourceFile & { readonly chunkBytes: number }): StoredFile {
  const { path, url, sizeBytes, sha256, chunkBytes } = file;
  const nothing = { version: null, chunks: [], hashState: null, isComplete: false };
  return { path, url, sizeBytes, sha256, chunkBytes, ...nothing };
}

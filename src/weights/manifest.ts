/** What a model consists of, byte for byte. Written by the export, checked before anything is fetched. */
import * as v from 'valibot';
import { ApiError } from '../api/errors';

/** A chunk is held in memory while it is hashed, twice while it is stored. */
const LARGEST_CHUNK_BYTES = 64 * 1024 * 1024;

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const FileSchema = v.object({
  /** Relative to the manifest, no `..` and no scheme. */
  path: v.pipe(v.string(), v.regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i)),
  sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  sha256: Sha256,
  chunkSha256: v.pipe(v.array(Sha256), v.minLength(1)),
});

const ManifestSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  family: v.pipe(v.string(), v.minLength(1)),
  revision: v.pipe(v.string(), v.minLength(1)),
  chunkBytes: v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(LARGEST_CHUNK_BYTES)),
  files: v.pipe(v.array(FileSchema), v.minLength(1)),
});

export type Manifest = v.InferOutput<typeof ManifestSchema>;
export type ManifestFile = v.InferOutput<typeof FileSchema>;

/** The unit of everything: fetched, verified, stored and repaired on its own. */
export interface Chunk {
  readonly sha256: string;
  /** The file it was cut from. */
  readonly path: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** Checks a manifest beyond its shape too: chunk counts, paths, sizes. Throws `weights_damaged`. */
export function parseManifest(input: unknown): Manifest {
  const result = v.safeParse(ManifestSchema, input);
  if (!result.success) throw invalid(result.issues[0].message);
  const manifest = result.output;
  checkChunkCounts(manifest);
  checkPaths(manifest);
  checkSizes(manifest);
  return manifest;
}

/** The chunks of one file, in order: all of `chunkBytes` but the last. */
export function chunksOfFile(file: ManifestFile, chunkBytes: number): Chunk[] {
  return file.chunkSha256.map((sha256, index) => {
    const offsetBytes = index * chunkBytes;
    return { sha256, path: file.path, offsetBytes, sizeBytes: Math.min(chunkBytes, file.sizeBytes - offsetBytes) };
  });
}

/** Every distinct chunk of a model once, in file order: equal bytes are fetched and stored once. */
export function distinctChunks(manifest: Manifest): Chunk[] {
  const chunks = manifest.files.flatMap((file) => chunksOfFile(file, manifest.chunkBytes));
  const seen = new Set<string>();
  return chunks.filter(({ sha256 }) => !seen.has(sha256) && seen.add(sha256));
}

function checkChunkCounts({ files, chunkBytes }: Manifest): void {
  for (const file of files) {
    const expected = Math.ceil(file.sizeBytes / chunkBytes);
    if (file.chunkSha256.length !== expected) throw invalid(`${file.path} lists a wrong number of chunks`);
  }
}

function checkPaths({ files }: Manifest): void {
  if (new Set(files.map(({ path }) => path)).size < files.length) throw invalid('a file is listed twice');
}

/** Chunks are stored by hash: one hash that stood for two sizes would assemble a file of a wrong length. */
function checkSizes({ files, chunkBytes }: Manifest): void {
  const sizeByHash = new Map<string, number>();
  for (const { sha256, sizeBytes, path } of files.flatMap((file) => chunksOfFile(file, chunkBytes))) {
    if ((sizeByHash.get(sha256) ?? sizeBytes) !== sizeBytes) throw invalid(`${path} repeats a hash for another size`);
    sizeByHash.set(sha256, sizeBytes);
  }
}

function invalid(reason: string): ApiError {
  return new ApiError('weights_damaged', `The model's manifest is not valid: ${reason}.`);
}

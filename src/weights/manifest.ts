/** What a model consists of, byte for byte. Written by the export, checked before anything is fetched. */
import * as v from 'valibot';
import { ApiError } from '../api/errors';

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const FileSchema = v.object({
  /** Relative to the manifest, no `..` and no scheme. */
  path: v.pipe(v.string(), v.regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i)),
  sizeBytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sha256: Sha256,
  chunkSha256: v.pipe(v.array(Sha256), v.minLength(1)),
});

const ManifestSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  family: v.pipe(v.string(), v.minLength(1)),
  revision: v.pipe(v.string(), v.minLength(1)),
  chunkBytes: v.pipe(v.number(), v.integer(), v.minValue(1024)),
  files: v.pipe(v.array(FileSchema), v.minLength(1)),
});

export type Manifest = v.InferOutput<typeof ManifestSchema>;
export type ManifestFile = v.InferOutput<typeof FileSchema>;

/** Checks a manifest, its chunk counts included. Throws `weights_damaged`. */
export function parseManifest(input: unknown): Manifest {
  const result = v.safeParse(ManifestSchema, input);
  if (!result.success) throw damaged(result.issues[0].message);
  for (const file of result.output.files) {
    const expected = Math.ceil(file.sizeBytes / result.output.chunkBytes);
    if (file.chunkSha256.length !== expected) throw damaged(`${file.path} lists a wrong number of chunks`);
  }
  return result.output;
}

function damaged(reason: string): ApiError {
  return new ApiError('weights_damaged', `The model's manifest is not valid: ${reason}.`);
}

/** The models in the repository are what their manifests say, byte for byte. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chunksOfFile, parseManifest } from '../../../src/weights/manifest';
import { sha256 } from '../../faults/model';

const FOLDERS = ['tests/fixtures/tiny-pocket', 'public/models/pocket'];

describe.each(FOLDERS.filter((folder) => existsSync(join(folder, 'manifest.json'))))('%s', (folder) => {
  const manifest = parseManifest(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));

  it.each(manifest.files)('$path has its size, its hash, and the hashes of its chunks', (file) => {
    expect(statSync(join(folder, file.path)).size).toBe(file.sizeBytes);
    const bytes = readFileSync(join(folder, file.path));
    expect(sha256(bytes)).toBe(file.sha256);
    for (const chunk of chunksOfFile(file, manifest.chunkBytes)) {
      const part = bytes.subarray(chunk.offsetBytes, chunk.offsetBytes + chunk.sizeBytes);
      expect(sha256(part)).toBe(chunk.sha256);
    }
  });
});

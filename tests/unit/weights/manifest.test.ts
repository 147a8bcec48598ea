import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { chunksOfFile, distinctChunks, type Manifest, parseManifest } from '../../../src/weights/manifest';
import { manifestOf, noiseModel } from '../../faults/model';

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const name = fc.stringMatching(/^[a-z0-9_-]{1,12}\.onnx$/);

/** Any manifest that keeps the rules. */
const manifests: fc.Arbitrary<Manifest> = fc
  .record({
    chunkBytes: fc.integer({ min: 1024, max: 5000 }),
    paths: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
  })
  .chain(({ chunkBytes, paths }) =>
    fc.record({
      id: fc.string({ minLength: 1 }),
      family: fc.string({ minLength: 1 }),
      revision: fc.string({ minLength: 1 }),
      chunkBytes: fc.constant(chunkBytes),
      files: fc.tuple(...paths.map((path) => files(path, chunkBytes))),
    }),
  );

function files(path: string, chunkBytes: number) {
  return fc.integer({ min: 1, max: 30_000 }).chain((sizeBytes) => {
    const count = Math.ceil(sizeBytes / chunkBytes);
    const chunkSha256 = fc.uniqueArray(hex, { minLength: count, maxLength: count });
    return fc.record({ path: fc.constant(path), sizeBytes: fc.constant(sizeBytes), sha256: hex, chunkSha256 });
  });
}

describe('parseManifest', () => {
  it('accepts every manifest that keeps the rules, unchanged', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        expect(parseManifest(manifest)).toEqual(manifest);
      }),
    );
  });

  it('answers anything else with weights_damaged, never with another error', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => expectDamaged(input)),
      { numRuns: 2000 },
    );
  });

  it('notices any one field that is missing or of another type', () => {
    const changes = fc.constantFrom(undefined, null, '', 0, -1, 1.5, Number.NaN, [], {}, 'x'.repeat(63));
    const fields = fc.constantFrom('id', 'family', 'revision', 'chunkBytes', 'files');
    fc.assert(
      fc.property(manifests, fields, changes, (manifest, field, value) => {
        fc.pre(!(typeof value === 'string' && value.length > 0 && field !== 'chunkBytes' && field !== 'files'));
        expectDamaged({ ...manifest, [field]: value });
      }),
    );
  });

  it('notices a chunk too many or too few', () => {
    fc.assert(
      fc.property(manifests, fc.boolean(), (manifest, more) => {
        const [first, ...rest] = manifest.files;
        if (!first) throw new Error('no file');
        const chunkSha256 = more ? [...first.chunkSha256, first.sha256] : first.chunkSha256.slice(1);
        expectDamaged({ ...manifest, files: [{ ...first, chunkSha256 }, ...rest] });
      }),
    );
  });

  it.each([
    '../secret',
    '/etc/passwd',
    'https://elsewhere/x',
    'a/b',
    '..',
    '.',
    '',
    'a..b',
    'a\\b',
    'a?b',
    'a%2fb',
    'a b',
  ])('refuses the path %j', (path) => {
    const { manifest } = noiseModel({ seed: 1 });
    expectDamaged({ ...manifest, files: manifest.files.map((file) => ({ ...file, path })) });
  });

  it('refuses a file listed twice', () => {
    const { manifest } = noiseModel({ seed: 1 });
    expectDamaged({ ...manifest, files: [...manifest.files, ...manifest.files] });
  });

  it('refuses one hash that stands for chunks of two sizes', () => {
    const { manifest } = noiseModel({ seed: 1, sizes: { 'a.bin': 4096 + 10 } });
    const files = manifest.files.map((file) => ({ ...file, chunkSha256: [file.sha256, file.sha256] }));
    expectDamaged({ ...manifest, files });
  });
});

describe('chunks', () => {
  it('cover each file without gap or overlap', () => {
    fc.assert(
      fc.property(manifests, ({ files, chunkBytes }) => {
        for (const file of files) {
          let endBytes = 0;
          for (const chunk of chunksOfFile(file, chunkBytes)) {
            expect(chunk.offsetBytes).toBe(endBytes);
            expect(chunk.sizeBytes).toBeGreaterThan(0);
            expect(chunk.sizeBytes).toBeLessThanOrEqual(chunkBytes);
            endBytes += chunk.sizeBytes;
          }
          expect(endBytes).toBe(file.sizeBytes);
        }
      }),
    );
  });

  it('that are equal are listed once', () => {
    const twins = new Map([
      ['a.bin', Buffer.alloc(3 * 4096)],
      ['b.bin', Buffer.alloc(4096)],
    ]);
    const manifest = parseManifest(manifestOf(twins, { revision: '1', chunkBytes: 4096 }));
    expect(distinctChunks(manifest)).toHaveLength(1);
  });
});

function expectDamaged(input: unknown): void {
  let thrown: unknown;
  try {
    parseManifest(input);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ApiError);
  expect(thrown).toMatchObject({ code: 'weights_damaged' });
}

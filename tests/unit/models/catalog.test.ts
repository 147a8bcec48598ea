import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { pathsOf } from '../../../src/client/modelManifest';
import { CATALOG, findModel } from '../../../src/models/catalog';
import { FilePath, ModelSpec } from '../../../src/models/spec';
import type { ModelEntry, PublishedWeights } from '../../../src/models/types';

const COMMIT = /^[0-9a-f]{40}$/;
/** Of these the contract knows no commit: see the head of their files. */
const NO_COMMIT_KNOWN = ['sdxl-turbo', 'sd-1.5'];

interface Published {
  readonly id: string;
  readonly entry: ModelEntry;
  readonly weights: PublishedWeights;
}

const published = CATALOG.flatMap((entry): Published[] => {
  const { id, weights } = entry;
  return weights.type === 'published' ? [{ id, entry, weights }] : [];
});

describe('catalog', () => {
  it('finds every model by its id', () => {
    for (const model of CATALOG) expect(findModel(model.id)).toBe(model);
  });

  it('refuses an unknown id', () => {
    expect(() => findModel('seedream-9')).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', param: 'model' }),
    );
  });

  it('has no id twice, and none that an added model can get', () => {
    expect(new Set(CATALOG.map(({ id }) => id)).size).toBe(CATALOG.length);
    expect(CATALOG.filter(({ id }) => id.startsWith('custom-'))).toEqual([]);
  });

  it('ranks every model apart, so that an alias always has one server', () => {
    expect(new Set(CATALOG.map(({ rank }) => rank)).size).toBe(CATALOG.length);
  });

  it.each(CATALOG)('$id plans every resolution it offers', (model) => {
    for (const resolution of model.resolutions) expect(model.routes[resolution]).toBeDefined();
  });

  it.each(CATALOG)('$id costs nothing, and begins with steps that it takes', ({ rates, steps }) => {
    expect(rates).toEqual([{ resolution: null, unitPrice: '0.00' }]);
    expect(steps.min).toBeLessThanOrEqual(steps.default);
    expect(steps.default).toBeLessThanOrEqual(steps.max);
  });

  it.each(CATALOG)('$id has a licence that can be read', ({ licence }) => {
    expect(licence.url).toMatch(/^https:/);
    expect(licence.mustAccept).toBe(!licence.name.startsWith('Apache'));
  });
});

describe('published models', () => {
  it.each(published)('$id lists exactly the files that its spec names', ({ weights: { files, spec } }) => {
    expect(new Set(files.map(({ path }) => path))).toEqual(new Set(pathsOf(spec)));
    for (const { path } of files) expect(v.safeParse(FilePath, path).issues).toBeUndefined();
    expect(v.parse(ModelSpec, spec)).toEqual(spec);
  });

  it.each(published)('$id is pinned to a commit where one is known', ({ id, weights: { revision, baseUrl } }) => {
    expect(revision).toMatch(NO_COMMIT_KNOWN.includes(id) ? /^main$/ : COMMIT);
    expect(baseUrl).toMatch(/^https:.+\/$/);
    expect(baseUrl).toContain(`/${revision}/`);
  });

  it.each(published)('$id offers only what its graphs can do', ({ entry, weights: { spec } }) => {
    const hasEncoder = 'encoder' in spec && spec.encoder !== null;
    const looks = spec.family === 'flux2' ? 'references' : 'start';
    expect(entry.images).toBe(hasEncoder ? looks : 'none');
    expect(entry.maxReferences).toBe({ none: 0, start: 1, references: 4 }[entry.images]);
    for (const name of ['strength', 'mask'] as const) {
      expect(entry.extensions.includes(name)).toBe(entry.images === 'start');
    }
    expect(entry.extensions.includes('guidance')).toBe(entry.defaults.guidance !== null);
    expect(entry.extensions.includes('negative_prompt')).toBe(entry.defaults.guidance !== null);
    expect(entry.defaults.strength !== null).toBe(entry.images === 'start');
  });

  it.each([
    ['sdxs-512', 880_509_796],
    ['sdxl-turbo', 2_671_336_490],
    ['flux-2-klein-4b', 6_686_560_185],
    ['z-image-turbo', 5_999_048_324],
    ['sd-1.5', null],
  ])('%s adds up to what its publisher says, or is not known before it is here: %s', (id, totalBytes) => {
    const { weights } = published.find((each) => each.id === id) ?? expect.fail();
    const sizes = weights.files.map(({ sizeBytes }) => sizeBytes);
    const total = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    expect(total).toBe(totalBytes);
  });
});

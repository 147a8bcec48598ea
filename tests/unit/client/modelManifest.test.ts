import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { entryOfManifest, type Manifest, pathsOf } from '../../../src/client/modelManifest';
import { CATALOG } from '../../../src/models/catalog';
import { REPLICA_SPECS } from '../../browser/replicaSpecs';

const URL_OF_IT = 'https://models.example/some/manifest.json';

const { spec } = REPLICA_SPECS['sd15-nmkd'] ?? expect.fail();
const MANIFEST: Manifest = {
  id: 'mine',
  name: 'Mine',
  revision: '1',
  licence: { name: 'MIT', url: 'https://models.example/licence' },
  files: pathsOf(spec).map((path) => ({ path })),
  spec,
};

const read = (changes: Readonly<Record<string, unknown>> = {}) =>
  entryOfManifest({ ...MANIFEST, ...changes }, URL_OF_IT);

describe('a manifest', () => {
  test('becomes an entry that nothing of the catalog is hidden by', () => {
    const entry = read({ id: 'sd-turbo' });
    expect(entry.id).toBe('custom-sd-turbo');
    expect(CATALOG.map(({ id }) => id)).not.toContain(entry.id);
    expect(entry.weights).toMatchObject({ baseUrl: 'https://models.example/some/', revision: '1', spec });
    expect(entry.licence.mustAccept).toBe(true);
  });

  test('of a model with an encoder takes a picture, strength and a mask', () => {
    expect(read()).toMatchObject({ images: 'start', maxReferences: 1, extensions: ['strength', 'mask'] });
    expect(read({ strength: 0.4 }).defaults).toEqual({ guidance: null, strength: 0.4 });
    expect(read({ spec: { ...spec, encoder: null } })).toMatchObject({
      images: 'none',
      maxReferences: 0,
      extensions: [],
    });
  });

  test('that names a guidance takes one, and a negative prompt', () => {
    const { extensions, defaults } = read({ guidance: 7.5 });
    expect(extensions).toEqual(['negative_prompt', 'guidance', 'strength', 'mask']);
    expect(defaults.guidance).toBe(7.5);
  });

  test('of FLUX.2 takes four references', () => {
    const flux2 = REPLICA_SPECS['flux2-klein']?.spec ?? expect.fail();
    const entry = read({ spec: flux2, files: pathsOf(flux2).map((path) => ({ path })), guidance: 7.5 });
    expect(entry).toMatchObject({
      images: 'references',
      maxReferences: 4,
      extensions: [],
      defaults: { guidance: null },
    });
    expect(entry.grid).toEqual({ latentDownscale: 16, gridMultiple: 1 });
  });

  test('of FLUX.2 says how its noise levels are shifted', () => {
    const flux2 = REPLICA_SPECS['flux2-klein']?.spec ?? expect.fail();
    const files = pathsOf(flux2).map((path) => ({ path }));
    const shifted = (shift: unknown) => read({ spec: { ...flux2, shift }, files }).weights;
    expect(shifted('empirical')).toMatchObject({ spec: { shift: 'empirical' } });
    expect(shifted({ base: 0.5, max: 1.15 })).toMatchObject({ spec: { shift: { base: 0.5, max: 1.15 } } });
    expect(() => shifted('some')).toThrow('spec.shift');
  });

  test('says by its size and steps how larger pictures come about', () => {
    const wayTo4K = (changes: Readonly<Record<string, unknown>>) => read(changes).routes['4K'];
    const many = { default: 20, min: 1, max: 50 };
    expect(wayTo4K({})).toEqual({ refinePasses: 0, upscalePasses: 3 });
    expect(wayTo4K({ native_px: 1024 })).toEqual({ refinePasses: 0, upscalePasses: 2 });
    expect(wayTo4K({ steps: many })).toEqual({ refinePasses: 1, upscalePasses: 2 });
    expect(wayTo4K({ steps: many, native_px: 1024 })).toEqual({ refinePasses: 1, upscalePasses: 1 });
  });

  test('may lie elsewhere than its files', () => {
    expect(read({ base_url: '../files' }).weights).toMatchObject({ baseUrl: 'https://models.example/files/' });
    expect(read({ base_url: 'http://127.0.0.1:8080/' }).weights).toMatchObject({ baseUrl: 'http://127.0.0.1:8080/' });
  });

  test.each([
    [{ id: 'Mine!' }, 'id: may have a-z, 0-9, dots and dashes'],
    [{ name: undefined }, 'name'],
    [{ files: [] }, 'files'],
    [{ files: [{ path: '../secret' }] }, 'files.0.path: is not a path below the model'],
    [{ files: [{ path: 'https://evil.example/a' }] }, 'files.0.path'],
    [{ files: [{ path: 'a', sha256: 'abc' }] }, 'files.0.sha256'],
    [{ files: [{ path: 'a' }, { path: 'a' }] }, 'files: lists a file twice'],
    [{ files: [{ path: 'a' }] }, 'files: does not list text_encoder/model.onnx, which the spec names'],
    [{ spec: { ...spec, family: 'dall-e' } }, 'spec'],
    [{ spec: { ...spec, prediction: 'sample' } }, 'spec.prediction'],
    [{ steps: { default: 9, min: 1, max: 8 } }, 'steps: must have min, default, max rising'],
    [{ guidance: -1 }, 'guidance'],
    [{ base_url: 'http://models.example/' }, 'base_url: is not an https address'],
    [{ base_url: 'file:///etc/' }, 'base_url'],
    [{ licence: { name: 'x', url: 'javascript:alert(1)' } }, 'licence.url'],
  ])('that is wrong is refused and says where: %j', (changes, message) => {
    expect(() => read(changes)).toThrowError(expect.objectContaining({ code: 'invalid_parameter', param: 'manifest' }));
    expect(() => read(changes)).toThrow(message);
  });

  test('is an entry or an ApiError, whatever JSON it is', () => {
    const broken = fc
      .tuple(fc.constantFrom(...Object.keys(MANIFEST), 'steps', 'guidance', 'base_url', 'native_px'), fc.jsonValue())
      .map(([name, value]) => ({ ...MANIFEST, [name]: value }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), broken), (input) => {
        try {
          expect(entryOfManifest(input, URL_OF_IT).id).toMatch(/^custom-/);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
          expect(error).toMatchObject({ code: 'invalid_parameter', param: 'manifest' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MAX_SEED, OUTPUT_FORMATS } from '../../../../src/api/schema';
import { ASPECT_RATIOS } from '../../../../src/api/sizes';
import { MAX_REFERENCE_BYTES } from '../../../../src/images/pictureRules';
import { CATALOG } from '../../../../src/models/catalog';
import {
  CHOICES,
  EMBEDDED_MODELS,
  MAX_IMAGE_BYTES,
  MAX_IMAGES,
  RANGES,
  readArguments,
  USAGE,
} from '../../../../tools/generate/arguments.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tessera-arguments-'));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, 'apple.png');
const picture = join(folder, 'picture.png');
writeFileSync(picture, 'bytes');
const huge = join(folder, 'huge.png');
writeFileSync(huge, '');
truncateSync(huge, MAX_IMAGE_BYTES + 1);

const read = (...more: string[]) => readArguments(['--prompt', 'a red apple', '--out', out, ...more]);

describe('the arguments of generate', () => {
  test('become a request with the defaults filled in', () => {
    expect(read()).toEqual({
      request: {
        model: 'pocket',
        prompt: 'a red apple',
        aspect_ratio: '1:1',
        resolution: '1K',
        output_format: 'png',
      },
      imagePaths: [],
      maskPath: null,
      acceptsLicence: false,
      device: 'auto',
      outPath: out,
    });
  });

  test('are all handed on', () => {
    const task = read(
      '--seed',
      '7',
      '--steps',
      '8',
      '--device',
      'wasm',
      '--aspect-ratio',
      '21:9',
      '--output-format',
      'webp',
      '--quality',
      '80',
      '--no-metadata',
    );
    expect(task?.device).toBe('wasm');
    expect(task?.request).toMatchObject({ seed: 7, steps: 8, aspect_ratio: '21:9', output_format: 'webp' });
    expect(task?.request).toMatchObject({ quality: 80, metadata: false });
  });

  test('may be all that a published model takes', () => {
    const pictures = ['--image', picture, '--image', out, '--mask', picture];
    writeFileSync(out, 'bytes');
    const words = ['--negative-prompt', 'a blue apple', '--guidance', '7.5', '--strength', '0.5'];
    const task = read('--model', 'sd-turbo', '--yes', ...pictures, ...words);
    expect(task).toMatchObject({ imagePaths: [picture, out], maskPath: picture, acceptsLicence: true });
    expect(task?.request).toMatchObject({
      model: 'sd-turbo',
      negative_prompt: 'a blue apple',
      guidance: 7.5,
      strength: 0.5,
    });
  });

  test.each(['https://models.example/manifest.json', 'http://127.0.0.1:8080/folder/'])(
    'may name a model by its address: %s',
    (address) => {
      expect(read('--model', address)?.request.model).toBe(address);
    },
  );

  test.each([
    ['a.png', 'png'],
    ['a.JPG', 'jpeg'],
    ['a.jpeg', 'jpeg'],
    ['a.webp', 'webp'],
    ['a', 'png'],
    ['a.bmp', 'png'],
  ])('take the format of %s from its ending: %s', (name, format) => {
    const task = readArguments(['--prompt', 'a', '--out', join(folder, name)]);
    expect(task?.request.output_format).toBe(format);
  });

  test('ask for the usage with --help, whatever else is there', () => {
    expect(readArguments(['--help', '--seed', 'x'])).toBeNull();
  });

  test.each([
    [['--prompt', '  '], '--prompt is missing'],
    [['--out', ''], '--out is missing'],
    [['--out', folder], '--out names a folder'],
    [['--out', join(folder, 'missing/a.png')], '--out cannot be written'],
    [['--model', 'pockets'], /^--model must be pocket, sdxs-512, .+: 'pockets' is not\.$/],
    [['--model', 'ftp://models.example/'], '--model must be pocket'],
    [['--device', 'cpu'], '--device must be auto, webgpu, wasm'],
    [['--aspect-ratio', '5:4'], '--aspect-ratio must be 1:1'],
    [['--resolution', '8K'], '--resolution must be 1K, 2K, 4K'],
    [['--image', join(folder, 'missing.png')], '--image names no file'],
    [['--image', folder], '--image names no file'],
    [Array.from({ length: 11 }, () => `--image=${picture}`), '--image can be given 10 times at most, not 11 times'],
    [['--image', huge], '--image may have at most 10 MiB'],
    [['--mask', join(folder, 'missing.png')], '--mask names no file'],
    [['--output-format', 'gif'], '--output-format must be png, jpeg, webp'],
    [['--seed=-1'], '--seed must be a whole number from 0 to 4294967295'],
    [['--seed', '4294967296'], '--seed must be'],
    [['--seed', '1.5'], '--seed must be'],
    [['--seed', '1e3'], '--seed must be'],
    [['--seed', ''], '--seed must be'],
    [['--steps', '0'], '--steps must be a whole number from 1 to 1000'],
    [['--steps', '1001'], '--steps must be'],
    [['--guidance', '31'], '--guidance must be a number from 0 to 30'],
    [['--guidance', '-1'], "'--guidance'"],
    [['--strength', '1.1'], '--strength must be a number from 0 to 1'],
    [['--strength', 'much'], '--strength must be'],
    [['--colour', 'red'], "Unknown option '--colour'"],
    [['apple'], "Unexpected argument 'apple'"],
    [['--seed'], "Option '--seed <value>' argument missing"],
  ])('%j are refused in one line', (more, message) => {
    expect(() => read(...more)).toThrow(message);
    expect(() => read(...more)).toThrow(/^[^\n]+$/);
  });

  // Nothing is kept from root.
  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('name no picture that is kept from us', () => {
    const secret = join(folder, 'secret.png');
    writeFileSync(secret, 'bytes');
    chmodSync(secret, 0);
    expect(() => read('--image', secret)).toThrow(/^--image names a file that may not be read: .+secret\.png$/);
  });

  test('offer what the catalog and the schema offer', () => {
    const models = CATALOG.map(({ id }) => id);
    expect(CHOICES.model).toEqual(models);
    for (const id of models) expect(USAGE).toContain(id);
    for (const { aspectRatios, resolutions, steps } of CATALOG) {
      expect(CHOICES['aspect-ratio']).toEqual(expect.arrayContaining([...aspectRatios]));
      expect(CHOICES.resolution).toEqual(resolutions);
      expect(RANGES.steps.min).toBeLessThanOrEqual(steps.min);
      expect(RANGES.steps.max).toBeGreaterThanOrEqual(steps.max);
    }
    expect(new Set(CHOICES['aspect-ratio'])).toEqual(new Set(ASPECT_RATIOS));
    expect(EMBEDDED_MODELS).toEqual(CATALOG.filter(({ weights }) => weights.type === 'embedded').map(({ id }) => id));
    expect(MAX_IMAGE_BYTES).toBe(MAX_REFERENCE_BYTES);
    expect(MAX_IMAGES).toBe(Math.max(...CATALOG.map(({ maxReferences }) => maxReferences)));
    expect(CHOICES['output-format']).toEqual([...OUTPUT_FORMATS]);
    expect(RANGES.seed).toEqual({ min: 0, max: MAX_SEED });
  });
});

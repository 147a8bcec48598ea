import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { MAX_SEED, OUTPUT_FORMATS } from '../../../../src/api/schema';
import { CATALOG } from '../../../../src/models/catalog';
import { CHOICES, RANGES, readArguments } from '../../../../tools/generate/arguments.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tessera-arguments-'));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, 'apple.png');

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
    [['--model', 'pockets'], "--model must be pocket: 'pockets' is not."],
    [['--device', 'cpu'], '--device must be auto, webgpu, wasm'],
    [['--aspect-ratio', '5:4'], '--aspect-ratio must be 1:1'],
    [['--resolution', '8K'], '--resolution must be 1K, 2K, 4K'],
    [['--image', 'a.png'], '--image is not available yet'],
    [['--output-format', 'gif'], '--output-format must be png, jpeg, webp'],
    [['--seed=-1'], '--seed must be a whole number from 0 to 4294967295'],
    [['--seed', '4294967296'], '--seed must be'],
    [['--seed', '1.5'], '--seed must be'],
    [['--seed', '1e3'], '--seed must be'],
    [['--seed', ''], '--seed must be'],
    [['--steps', '0'], '--steps must be a whole number from 1 to 8'],
    [['--steps', '9'], '--steps must be'],
    [['--colour', 'red'], "Unknown option '--colour'"],
    [['apple'], "Unexpected argument 'apple'"],
    [['--seed'], "Option '--seed <value>' argument missing"],
  ])('%j are refused in one line', (more, message) => {
    expect(() => read(...more)).toThrow(message);
    expect(() => read(...more)).toThrow(/^[^\n]+$/);
  });

  test('offer what the catalog and the schema offer', () => {
    const models = CATALOG.map(({ id }) => id);
    expect(CHOICES.model).toEqual(models);
    for (const { aspectRatios, resolutions, steps } of CATALOG) {
      expect(new Set(CHOICES['aspect-ratio'])).toEqual(new Set(aspectRatios));
      expect(CHOICES.resolution).toEqual(resolutions);
      expect(RANGES.steps).toEqual({ min: steps.min, max: steps.max });
    }
    expect(CHOICES['output-format']).toEqual([...OUTPUT_FORMATS]);
    expect(RANGES.seed).toEqual({ min: 0, max: MAX_SEED });
  });
});

import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { OWN_KEYS } from '../../../../src/runtime/onnx/attentionSites';
import {
  type OpenedGraph,
  openStatistics,
  STATISTICS,
  SWITCHES,
} from '../../../../src/runtime/onnx/externalStatistics';
import { readModel } from '../../../../src/runtime/onnx/model';

const FIXTURES = ['groupnorm', 'groupnorm_op', 'attention'] as const;
const HEIGHT = 12;
const WIDTH = 10;

const fixture = (name: string): Uint8Array => readFileSync(`tests/fixtures/tiny-decoders/${name}.onnx`);
const sessionOf = (file: Uint8Array) => InferenceSession.create(file, { logSeverityLevel: 3 });

/** Values that no pattern of the graph can cancel. */
function latentOf(height: number, width: number): Tensor {
  const values = Float32Array.from(
    { length: 4 * height * width },
    (_, i) => Math.sin(i * 1.7) + 0.5 * Math.cos(i * 0.13),
  );
  return new Tensor('float32', values, [1, 4, height, width]);
}

interface Mode {
  readonly own: boolean;
  readonly measured: boolean;
  readonly part?: { readonly start: [number, number]; readonly end: [number, number] };
  /** Scale and offset of every norm; those of the plain graph unless given. */
  readonly affine?: readonly { scale: readonly number[]; offset: readonly number[] }[];
}

async function run(opened: OpenedGraph, latent: Tensor, mode: Mode) {
  const session = await sessionOf(opened.file);
  const corner = (cells: readonly number[]) => new Tensor('int64', BigInt64Array.from(cells, BigInt), [2]);
  const vector = (values: readonly number[]) => new Tensor('float32', Float32Array.from(values), [values.length]);
  const feeds: Record<string, Tensor> = {
    [opened.latentInput]: latent,
    [SWITCHES.own]: new Tensor('bool', [mode.own], []),
    [SWITCHES.measured]: new Tensor('bool', [mode.measured], []),
    [SWITCHES.start]: corner(mode.part?.start ?? [0, 0]),
    [SWITCHES.end]: corner(mode.part?.end ?? latent.dims.slice(2)),
  };
  for (const [index, norm] of opened.norms.entries()) {
    const { scale, offset } = mode.affine?.[index] ?? norm;
    feeds[norm.scaleInput] = vector(scale);
    feeds[norm.offsetInput] = vector(offset);
  }
  for (const { keysInput, valuesInput } of opened.attentions) {
    feeds[OWN_KEYS] = new Tensor('bool', [true], []);
    for (const name of [keysInput, valuesInput]) feeds[name] = new Tensor('float32', [0], [1, 1, 1]);
  }
  const outputs = await session.run(feeds);
  const numbers = (name: string) => Array.from(outputs[name]?.data as Float32Array);
  return { image: numbers(opened.imageOutput), statistics: numbers(STATISTICS) };
}

async function plain(file: Uint8Array, latent: Tensor): Promise<number[]> {
  const session = await sessionOf(file);
  const outputs = await session.run({ [session.inputNames[0] ?? '']: latent });
  return Array.from(outputs[session.outputNames[0] ?? '']?.data as Float32Array);
}

/** What makes `scale * x + offset` the normalisation by these statistics. */
function affineOf({ norms }: OpenedGraph, statistics: readonly number[]) {
  let start = 0;
  return norms.map(({ scale, epsilon }) => {
    const groups = scale.length;
    const means = statistics.slice(start, start + groups);
    const variances = statistics.slice(start + groups, start + 2 * groups);
    start += 2 * groups;
    const inverse = variances.map((variance) => 1 / Math.sqrt(variance + epsilon));
    return { scale: inverse, offset: inverse.map((value, group) => -value * (means[group] ?? 0)) };
  });
}

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? Number.NaN))), 0);

describe.each(FIXTURES)('%s with its statistics opened', (name) => {
  const file = fixture(name);
  const opened = openStatistics(file);
  const latent = latentOf(HEIGHT, WIDTH);

  test('tells every norm, and the names of what goes in and out', () => {
    expect(opened.norms).toHaveLength(name === 'attention' ? 14 : 13);
    expect([opened.latentInput, opened.imageOutput]).toEqual(['latent_sample', 'sample']);
  });

  test('draws what the plain graph draws, while asked for nothing else', async () => {
    const { image } = await run(opened, latent, { own: true, measured: false });
    const difference = largestDifference(image, await plain(file, latent));
    expect(difference).toBeLessThanOrEqual(name === 'groupnorm_op' ? 1e-5 : 0);
  });

  test('draws the same again from the statistics it told', async () => {
    const { image, statistics } = await run(opened, latent, { own: true, measured: true });
    const affine = affineOf(opened, statistics);
    const again = await run(opened, latent, { own: false, measured: true, affine });
    expect(largestDifference(again.image, image)).toBeLessThan(1e-4);
    expect(largestDifference(again.statistics, statistics)).toBeLessThan(1e-3);
  });
});

test('a float16 graph is fed and read in float32, and so are its statistics', async () => {
  const opened = openStatistics(fixture('half'));
  const latent = latentOf(HEIGHT, WIDTH);
  const { image, statistics } = await run(opened, latent, { own: true, measured: true });
  expect(largestDifference(image, await plain(fixture('groupnorm'), latent))).toBeLessThan(0.05);
  const again = await run(opened, latent, { own: false, measured: false, affine: affineOf(opened, statistics) });
  expect(largestDifference(again.image, image)).toBeLessThan(0.02);
});

test('speaks the ranges of the caller at both ends', async () => {
  const file = fixture('groupnorm');
  const ranges = { latent: { scale: 2, offset: 0.25 }, image: { scale: 0.5, offset: 0.5 } };
  const latent = latentOf(HEIGHT, WIDTH);
  const values = Float32Array.from(latent.data as Float32Array, (value) => value * 2 + 0.25);
  const expected = (await plain(file, new Tensor('float32', values, latent.dims))).map((value) => value / 2 + 0.5);
  const { image } = await run(openStatistics(file, ranges), latent, { own: true, measured: false });
  expect(largestDifference(image, expected)).toBeLessThan(1e-5);
});

test('measures a part of the window only, at every resolution', async () => {
  const opened = openStatistics(fixture('groupnorm'));
  const affine = opened.norms.map(({ scale }) => ({ scale: scale.map(() => 0.2), offset: scale.map(() => 0.1) }));
  const measure = async (start: [number, number], end: [number, number]) => {
    const mode = { own: false, measured: true, affine, part: { start, end } };
    return (await run(opened, latentOf(HEIGHT, WIDTH), mode)).statistics;
  };
  const [whole, top, bottom] = [
    await measure([0, 0], [12, 10]),
    await measure([0, 0], [3, 10]),
    await measure([3, 0], [12, 10]),
  ];
  const meanAt = (statistics: readonly number[]) => statistics.filter((_, i) => i % 8 < 4);
  const pooled = meanAt(top).map((mean, i) => mean / 4 + ((meanAt(bottom)[i] ?? 0) * 3) / 4);
  expect(largestDifference(pooled, meanAt(whole))).toBeLessThan(1e-4);
  expect(largestDifference(meanAt(top), meanAt(bottom))).toBeGreaterThan(0.01);
});

test('leaves every weight byte for byte as it was', () => {
  const file = fixture('attention');
  const before = readModel(file).initializers;
  const after = readModel(openStatistics(file).file).initializers;
  for (const [name, tensor] of before) expect(Buffer.compare(after.get(name) ?? new Uint8Array(), tensor)).toBe(0);
  expect(before.size).toBeGreaterThan(50);
});

test('hands out the same file when there is nothing to open', () => {
  const file = readFileSync('tests/fixtures/tiny-pocket/decoder.onnx');
  const opened = openStatistics(file);
  expect(opened.norms).toEqual([]);
  expect(opened.file).toBe(file);
});

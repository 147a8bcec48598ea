/** The bench runs from its command and its JSON has the shape others read. How fast anything was is not looked at. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import * as v from 'valibot';

const Positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const stages = (first: string, second: string) =>
  v.array(v.strictObject({ stage: v.string(), [first]: Positive, [second]: Positive, ratio: Positive }));

const ResultSchema = v.strictObject({
  date: v.pipe(v.string(), v.isoDate()),
  environment: v.strictObject({
    osFamily: v.string(),
    architecture: v.string(),
    cores: v.pipe(v.number(), v.integer(), v.minValue(1)),
    memoryGib: Positive,
    loadAverage: v.pipe(v.number(), v.minValue(0)),
    node: v.string(),
    browser: v.string(),
    adapter: v.nullable(v.strictObject({ description: v.string(), software: v.boolean() })),
    crossOriginIsolated: v.literal(true),
  }),
  model: v.strictObject({ revision: v.string(), preset: v.string() }),
  rounds: v.literal(1),
  overhead: v.strictObject({
    device: v.literal('wasm'),
    steps: v.literal(4),
    ourTotalMs: Positive,
    bareTotalMs: Positive,
    ratio: Positive,
    ourSessionRunsMs: Positive,
    ratioToOurSessionRuns: Positive,
    encodeMs: Positive,
    stages: v.pipe(stages('ourMs', 'bareMs'), v.length(4)),
  }),
  node: v.strictObject({
    threadsWeb: Positive,
    threadsNode: Positive,
    stages: v.pipe(stages('webMs', 'nodeMs'), v.length(5)),
  }),
  starts: v.strictObject({
    device: v.literal('wasm'),
    coldMs: Positive,
    warmMs: Positive,
    bareCreateMs: Positive,
    warmOverBare: Positive,
    coldOverWarm: Positive,
  }),
  devices: v.strictObject({
    software: v.boolean(),
    latentHeight: v.number(),
    latentWidth: v.number(),
    upscalePasses: v.number(),
    steps: v.number(),
    stages: v.pipe(stages('webgpuMs', 'wasmMs'), v.length(5)),
  }),
});

test('npm run bench -- --quick prints the ratios and writes them', async () => {
  test.setTimeout(180_000);
  const out = test.info().outputPath('bench.json');
  const { stdout } = await promisify(execFile)(process.execPath, ['tools/bench.mjs', '--quick', '--out', out]);
  const result = v.parse(ResultSchema, JSON.parse(await readFile(out, 'utf8')));
  expect(stdout).toContain(result.overhead.ratio.toFixed(2));
  expect(stdout).toMatch(/whole picture .* aim <= 1.05/);
  expect(stdout).toMatch(/warm start .* aim <= 1.5/);
});

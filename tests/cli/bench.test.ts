/** The bench runs from its command and its JSON has the shape others read. How fast anything was is not looked at. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { runCommand } from './command';
import { REPOSITORY } from './tinyClone';

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

test('npm run bench -- --quick prints the ratios and writes them', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-bench-test-'));
  const out = join(folder, 'bench.json');
  try {
    const { stdout, stderr, exitCode } = await runCommand(REPOSITORY, 'bench.mjs', ['--quick', '--out', out]);
    expect(exitCode, stderr).toBe(0);
    const result = v.parse(ResultSchema, JSON.parse(await readFile(out, 'utf8')));
    expect(stdout).toContain(result.overhead.ratio.toFixed(2));
    expect(stdout).toMatch(/whole picture .* aim <= 1.05/);
    expect(stdout).toMatch(/warm start .* aim <= 1.5/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

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

const About = {
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
};

const SessionsSchema = v.strictObject({
  ...About,
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

const Resolution = v.picklist(['1K', '2K', '4K']);
const Spread = v.strictObject({ mean: Positive, deviation: v.number(), min: Positive, max: Positive });
const Peak = v.strictObject({
  sinceReady: v.boolean(),
  readyMib: Positive,
  peakMib: Positive,
  canvasMib: Positive,
  withoutCanvasMib: Positive,
});

const TilesSchema = v.strictObject({
  ...About,
  small: Resolution,
  large: Resolution,
  growth: v.strictObject({
    pixelRatio: v.literal(4),
    stages: v.pipe(
      v.array(
        v.strictObject({
          stage: v.string(),
          smallMs: Positive,
          largeMs: Positive,
          ratio: Positive,
          perPixel: Positive,
        }),
      ),
      v.length(2),
    ),
  }),
  // Only Linux tells.
  memory: v.nullable(
    v.strictObject({
      pictures: v.array(
        v.strictObject({ format: v.string(), previews: v.boolean(), small: Peak, large: Peak, ratio: Positive }),
      ),
      encoders: v.array(
        v.strictObject({
          format: v.string(),
          canvasMib: Positive,
          fileMib: Positive,
          extraMib: v.nullable(v.number()),
        }),
      ),
    }),
  ),
  tileSizes: v.strictObject({
    resolution: Resolution,
    sizes: v.pipe(v.array(v.strictObject({ tilePx: Positive, msPerMegapixel: Positive })), v.length(3)),
  }),
  againstWhole: v.pipe(v.array(v.strictObject({ tilePx: Positive, largestDifference: v.number() })), v.length(2)),
  seams: v.strictObject({
    pictures: v.literal(2),
    resolution: Resolution,
    within: Spread,
    control: Spread,
    paired: Spread,
  }),
  detail: v.pipe(
    v.array(
      v.strictObject({ resolution: Resolution, base: Resolution, ours: Positive, bicubic: Positive, ratio: Positive }),
    ),
    v.length(1),
  ),
});

const { model: _, ...AboutCarriers } = About;
const CarriersSchema = v.strictObject({
  ...AboutCarriers,
  iframe: v.pipe(
    v.array(
      v.strictObject({
        sizeBytes: Positive,
        directMs: Positive,
        carriedMs: Positive,
        extraMs: v.pipe(v.number(), v.finite()),
      }),
    ),
    v.length(3),
  ),
  validation: v.strictObject({ requests: v.literal(500), medianMs: v.number(), p99Ms: Positive }),
});

test('npm run bench -- --quick prints the ratios and writes them', async () => {
  const out = await mkdtemp(join(tmpdir(), 'tessera-bench-test-'));
  try {
    const { stdout, stderr, exitCode } = await runCommand(REPOSITORY, 'bench.mjs', ['--quick', '--out', out]);
    expect(exitCode, stderr).toBe(0);
    const sessions = v.parse(SessionsSchema, JSON.parse(await readFile(join(out, 'bench.json'), 'utf8')));
    expect(stdout).toContain(sessions.overhead.ratio.toFixed(2));
    expect(stdout).toMatch(/whole picture .* aim <= 1.05/);
    expect(stdout).toMatch(/warm start .* aim <= 1.5/);
    v.parse(CarriersSchema, JSON.parse(await readFile(join(out, 'carriers.json'), 'utf8')));
    expect(stdout).toMatch(/10.0 MB over an iframe/);
    const tiles = v.parse(TilesSchema, JSON.parse(await readFile(join(out, 'tiles.json'), 'utf8')));
    expect(stdout).toContain(tiles.seams.paired.mean.toFixed(3));
    expect(stdout).toMatch(/upscale .* aim <= 1.05/);
    expect(stdout).toMatch(/painted in other tiles .* aim 1 \+- 0.03/);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});

test('--only takes the parts there are', async () => {
  const { stderr, exitCode } = await runCommand(REPOSITORY, 'bench.mjs', ['--only', 'speed']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("--only takes sessions or tiles or carriers or download, not 'speed'.");
});

/**
 * Z-Image-Turbo on replicas of both its published bundles, beyond what diffusers' goldens show (conformance.modules.test.ts):
 * windows, the times its transformer is asked at, and one graph at a time on the GPU.
 */
import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { planOutput } from '../../src/diffusion/plan';
import { twiceShiftedSigmas } from '../../src/diffusion/schedule';
import type { ZImageSpec } from '../../src/models/spec';
import { readModel, writeModel } from '../../src/runtime/onnx/model';
import { encodeValue, makeNode } from '../../src/runtime/onnx/nodes';
import { encodeEqual, FLOAT16 } from '../../src/runtime/onnx/tensors';
import { JOB } from './drawing';
import { REPLICA_SPECS } from './replicaSpecs';
import { goldenCases, psnrDb, relativeError, runReplica, type ServedFile, servedFiles } from './replicas';
import { test } from './sharedPage';
import { countDevices, devicesInPage } from './stableDiffusionInPage';
import { type Asked, dataUrl, drawInPage, guessInPage, type Script } from './tokenModelsInPage';

const BUNDLES = ['z-image-turbo-old', 'z-image-turbo'] as const;
type Bundle = (typeof BUNDLES)[number];

const GRID = { latentDownscale: 8, gridMultiple: 2 };
const TRANSFORMER = 'transformer_model_q4f16.onnx';
const SHIFT = 3;

/** In 16-bit floats attention stays each window's own, and all is rounded. */
const LIKE_THE_WHOLE_DB = { 'z-image-turbo-old': 60, 'z-image-turbo': 50 };
const FLOAT32_ERROR = 1e-3;
const PSNR_AT_LEAST_DB = 40;

const ASKED: Asked = { prompt: 'a red apple on a blue table', sigma: 0.8, grid: [8, 8] };

for (const bundle of BUNDLES) {
  test(`${bundle}: a picture decoded by windows comes out as the whole does`, async ({ sharedPage: page }) => {
    const plan = planOutput({ widthPx: 704, heightPx: 704 }, GRID, { refinePasses: 0, upscalePasses: 0 });
    const job = { ...JOB, plan, steps: 2, previews: false };
    const jobs = [job, { ...job, largestTilePx: 256 }];
    const [whole, tiled] = await page.evaluate(drawInPage, { ...scriptOf(bundle), jobs });
    test.info().annotations.push({ type: 'figures', description: JSON.stringify(tiled) });
    expect([whole?.tiles, tiled?.tiles]).toEqual([1, 16]);
    expect(tiled?.likenessDb).toBeGreaterThan(LIKE_THE_WHOLE_DB[bundle]);
  });

  test(`${bundle}: a wide picture is refined to twice its size, cut to the pixel`, async ({ sharedPage: page }) => {
    const size = { widthPx: 376, heightPx: 168 };
    const plan = planOutput(size, GRID, { refinePasses: 1, upscalePasses: 0 });
    expect(plan).toMatchObject({ latentWidth: 24, latentHeight: 12 });
    const [drawn] = await page.evaluate(drawInPage, { ...scriptOf(bundle), jobs: [{ ...JOB, plan, previews: false }] });
    expect(drawn).toMatchObject(size);
    expect(drawn?.deviation).toBeGreaterThan(5);
  });

  test(`${bundle}: the transformer is asked at 1 - sigma, and at 1 in the last step`, async ({ sharedPage: page }) => {
    const sigmas = twiceShiftedSigmas(4, SHIFT).slice(0, -1);
    const asked = sigmas.map((sigma) => ({ ...ASKED, sigma }));
    const clock = dataUrl(tellingTime(bundle));
    const guesses = await page.evaluate(guessInPage, { ...scriptOf(bundle, [TRANSFORMER, clock]), asked });
    const times = guesses.map(({ noisy, clean }, step) => ((clean[0] ?? 0) - (noisy[0] ?? 0)) / (sigmas[step] ?? 0));
    const expected = [...sigmas.slice(0, -1).map((sigma) => 1 - sigma), 1];
    for (const [step, time] of times.entries()) expect(time).toBeCloseTo(expected[step] ?? Number.NaN, 3);
  });
}

test('what Qwen cannot read of a long prompt is counted, and the rest is drawn', async ({ sharedPage: page }) => {
  const words = (count: number) => Array.from({ length: count }, () => 'apple').join(' ');
  const asked = [600, 700].map((count) => ({ ...ASKED, prompt: words(count) }));
  const [long, longer] = await page.evaluate(guessInPage, { ...scriptOf('z-image-turbo'), asked });
  expect(long?.truncatedTokens).toBeGreaterThan(600 - 512);
  expect((longer?.truncatedTokens ?? 0) - (long?.truncatedTokens ?? 0)).toBe(100);
  expect(longer?.clean).toEqual(long?.clean);
});

test('a text encoder that asks for more than Tessera has is refused by name', async ({ sharedPage: page }) => {
  const path = 'text_encoder_model_q4f16.onnx';
  const model = readModel(read('z-image-turbo', path));
  const inputs = [encodeValue('position_ids', FLOAT16, [1, 8])];
  const asking = writeModel(model, { nodes: model.nodes, initializers: [], inputs, outputs: [], replaced: [] });
  const script = { ...scriptOf('z-image-turbo', [path, dataUrl(asking)]), asked: [ASKED] };
  await expect(page.evaluate(guessInPage, script)).rejects.toThrow(
    `${path} asks for input_ids, attention_mask, position_ids; Tessera knows`,
  );
});

test('WebGPU draws what diffusers draws, one graph at a time', { tag: '@long' }, async ({ page }) => {
  await page.addInitScript(countDevices);
  await page.goto('/tests/browser/blank.html');
  // Ten to twenty seconds when nothing else runs.
  const golden = goldenCases('z-image-turbo-old').find(({ name }) => name === 'wide');
  if (!golden) throw new Error('There is no wide case.');
  const run = { device: 'webgpu', memory: 'staged', ...scriptOf('z-image-turbo-old'), golden } as const;
  const result = await page.evaluate(runReplica, run);
  expect(relativeError(result.latent, golden.latent)).toBeLessThan(FLOAT32_ERROR);
  expect(psnrDb(result.picture, golden.picture)).toBeGreaterThanOrEqual(PSNR_AT_LEAST_DB);
  // The runtime's own device, and one for each graph that ran: none is loaded twice, none stays.
  await expect.poll(() => page.evaluate(devicesInPage)).toEqual({ opened: 1 + 3, mostAtOnce: 2, alive: 0 });
});

/** The replica as it is, or with another file in the place of one. */
function scriptOf(bundle: Bundle, ...others: ServedFile[]): Script & { readonly spec: ZImageSpec } {
  const { spec } = REPLICA_SPECS[bundle] ?? {};
  if (spec?.family !== 'z-image') throw new Error(`There is no replica ${bundle}.`);
  return { spec, files: [...servedFiles(bundle), ...others] };
}

function read(bundle: Bundle, path: string): Uint8Array {
  return readFileSync(`tests/fixtures/replicas/${bundle}/${path}`);
}

/** The transformer's ends, between which nothing happens but that every number becomes the time. */
function tellingTime(bundle: Bundle): Uint8Array<ArrayBuffer> {
  const model = readModel(read(bundle, TRANSFORMER));
  const [latent, output] = [model.inputs[0], model.outputs[0]];
  if (!latent || !output) throw new Error('The transformer has no ends.');
  const { name, dataType } = output;
  return writeModel(model, {
    nodes: [
      makeNode('Mul', { inputs: [latent.name, 'nothing'], outputs: ['zeros'] }),
      makeNode('Add', { inputs: ['zeros', 'timestep'], outputs: [name] }),
    ],
    initializers: [encodeEqual('nothing', { dataType, count: 1, value: 0 })],
    inputs: [],
    outputs: [encodeValue(name, dataType)],
    replaced: [name],
  });
}

/**
 * Stable Diffusion on replicas of its published contracts, beyond what diffusers' goldens show (conformance.modules.test.ts):
 * both ways to run the guidance, texts that are missing or too long, encoders as other exports have them, and the GPU.
 */
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import type { StableDiffusionSpec } from '../../src/models/spec';
import { readModel, writeModel } from '../../src/runtime/onnx/model';
import { encodeValue } from '../../src/runtime/onnx/nodes';
import { FLOAT32 } from '../../src/runtime/onnx/tensors';
import { momentsEncoder, noiseLike, samplingEncoder } from '../unit/families/stable-diffusion/samplingEncoder';
import { REPLICA_SPECS } from './replicaSpecs';
import { goldenCases, psnrDb, relativeError, runReplica, type ServedFile, servedFiles } from './replicas';
import { test } from './sharedPage';
import { askInPage, countDevices, devicesInPage, guessForZeros, type Script } from './stableDiffusionInPage';

/** Of 32-bit and of 16-bit activations, in deviations of what is expected. */
const FLOAT32_ERROR = 1e-3;
const FLOAT16_ERROR = 2e-2;
const PSNR_AT_LEAST_DB = 40;

const SIGMA = 14.614646;
const PROMPT = 'a red apple on a blue table';
/** As many tokens: the two halves of a guidance are filled up to one length. */
const NEGATIVE = 'a blue table on a red apple';

for (const [replica, runs, limit] of [
  ['sdxs-512', 'in two runs, where the graph takes one picture at a time', FLOAT32_ERROR],
  ['sd-turbo', 'in one run, where the graph takes any number', FLOAT32_ERROR],
  ['sd15', 'in one run, where the graph takes two', FLOAT16_ERROR],
] as const) {
  test(`guides ${runs}`, async ({ sharedPage: page }) => {
    const [to, away, guided] = await guess(page, replica, [
      { prompt: PROMPT },
      { prompt: NEGATIVE },
      { prompt: PROMPT, negativePrompt: NEGATIVE, guidance: 3 },
    ]);
    expect(distance(to, away)).toBeGreaterThan(5 * limit);
    expect(distance(guided, along(away, to, 3))).toBeLessThan(limit);
  });
}

test('a scale of 1 leaves the negative prompt without weight', async ({ sharedPage: page }) => {
  const [alone, guided] = await guess(page, 'sd-turbo', [
    { prompt: PROMPT },
    { prompt: PROMPT, negativePrompt: NEGATIVE, guidance: 1 },
  ]);
  expect(guided).toEqual(alone);
});

test('SDXL is steered away from zeros where nothing is said, and from an empty text where that is said', async ({
  sharedPage: page,
}) => {
  const [to, unsaid, empty] = await guess(page, 'sdxl-turbo', [
    { prompt: PROMPT },
    { prompt: PROMPT, guidance: 3 },
    { prompt: PROMPT, negativePrompt: '', guidance: 3 },
  ]);
  const folder = 'tests/fixtures/replicas/sdxl-turbo';
  const widthOf = (file: string, name: string) => {
    const { inputs, outputs } = readModel(readFileSync(`${folder}/${file}`));
    return [...inputs, ...outputs].find((end) => end.name === name)?.dims.at(-1) ?? 0;
  };
  const zeros = await page.evaluate(guessForZeros, {
    url: `/${folder}/unet_model_q4f16.onnx`,
    sigma: SIGMA,
    memoryWidth: widthOf('unet_model_q4f16.onnx', 'encoder_hidden_states'),
    pooledWidth: widthOf('text_encoder_2_model_q4f16.onnx', 'text_embeds'),
  });
  expect(distance(unsaid, along(zeros, to, 3))).toBeLessThan(FLOAT16_ERROR);
  expect(distance(unsaid, empty)).toBeGreaterThan(FLOAT16_ERROR);
});

test('what CLIP cannot read of a long prompt is counted, and the rest is drawn', async ({ sharedPage: page }) => {
  const words = (count: number) => Array.from({ length: count }, () => 'apple').join(' ');
  const asked = [{ prompt: words(100) }, { prompt: words(75) }];
  const { guesses } = await page.evaluate(askInPage, { ...scriptOf('sd-turbo'), asked });
  const [long, cut] = guesses;
  expect(long?.truncatedTokens).toBe(25);
  expect(cut?.truncatedTokens).toBe(0);
  expect(long?.clean).toEqual(cut?.clean);
});

test('a UNet that asks for more than Tessera has is refused by name', async ({ sharedPage: page }) => {
  const unet = readFileSync('tests/fixtures/replicas/sd-turbo/unet/model.onnx');
  const { nodes, ...model } = readModel(unet);
  const asking = writeModel(
    { nodes, ...model },
    {
      nodes,
      initializers: [],
      inputs: [encodeValue('timestep_cond', FLOAT32, [1, 256])],
      outputs: [],
      replaced: [],
    },
  );
  const script = scriptOf('sd-turbo', ['unet/model.onnx', dataUrl(asking)]);
  await expect(page.evaluate(askInPage, { ...script, asked: [{ prompt: PROMPT }] })).rejects.toThrow(
    "UNet asks for 'timestep_cond'",
  );
});

test('tiles are small for a decoder of any size, and large for one that runs on its own size whatever they are', async ({
  sharedPage: page,
}) => {
  const open = await page.evaluate(askInPage, scriptOf('sd-turbo'));
  const fixed = await page.evaluate(askInPage, scriptOf('sdxs-512'));
  expect([open.largestTilePx, fixed.largestTilePx]).toEqual([256, 1024]);
});

const ENCODER = 'vae_encoder/model.onnx';

for (const [kind, rewrite] of [
  ['samples with noise of its own', (file: Uint8Array) => samplingEncoder(file, noiseLike())],
  ['gives mean and variance', momentsEncoder],
] as const) {
  test(`an encoder that ${kind} gives diffusers' mean, each time`, async ({ sharedPage: page }) => {
    const golden = goldenCases('sd-turbo').find(({ name }) => name === 'image to image');
    if (!golden?.image || !golden.start_latent) throw new Error('sd-turbo has no picture to start from.');
    const changed = rewrite(readFileSync(`tests/fixtures/replicas/sd-turbo/${ENCODER}`));
    const script = scriptOf('sd-turbo', [ENCODER, dataUrl(changed)]);
    const { latents } = await page.evaluate(askInPage, { ...script, picture: golden.image });
    const [first, second] = latents;
    expect(relativeError(first ?? [], golden.start_latent)).toBeLessThan(FLOAT32_ERROR);
    expect(second).toEqual(first);
  });
}

test('WebGPU draws what diffusers draws, one graph at a time', { tag: '@long' }, async ({ page }) => {
  // Ten to twenty seconds when nothing else runs.
  const golden = goldenCases('sd-turbo').find(({ name }) => name === 'image to image');
  if (!golden) throw new Error('sd-turbo has no picture to start from.');
  await page.addInitScript(countDevices);
  await page.goto('/tests/browser/blank.html');
  const result = await page.evaluate(runReplica, {
    device: 'webgpu',
    memory: 'staged',
    ...scriptOf('sd-turbo'),
    golden,
  } as const);
  expect(relativeError(result.latent, golden.latent)).toBeLessThan(FLOAT32_ERROR);
  expect(psnrDb(result.picture, golden.picture)).toBeGreaterThanOrEqual(PSNR_AT_LEAST_DB);
  // The runtime's own device, and one for each graph that ran: none is loaded twice, none stays.
  await expect.poll(() => page.evaluate(devicesInPage)).toEqual({ opened: 1 + 4, mostAtOnce: 2, alive: 0 });
});

async function guess(page: Page, replica: string, asked: NonNullable<Script['asked']>): Promise<(readonly number[])[]> {
  const { guesses } = await page.evaluate(askInPage, { ...scriptOf(replica), asked });
  return guesses.map(({ clean }) => clean);
}

/** The replica as it is, or with another file in the place of one. */
function scriptOf(replica: string, ...changed: ServedFile[]): Script {
  return { spec: specOf(replica), files: [...servedFiles(replica), ...changed], sigma: SIGMA };
}

function specOf(replica: string): StableDiffusionSpec {
  const { spec } = REPLICA_SPECS[replica] ?? {};
  if (spec?.family !== 'stable-diffusion') throw new Error(`${replica} is of another family.`);
  return spec;
}

function dataUrl(bytes: Uint8Array): string {
  return `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`;
}

/** From one guess towards another, and beyond. */
function along(from: readonly number[] | undefined, to: readonly number[] | undefined, scale: number): number[] {
  return (from ?? []).map((value, i) => value + scale * ((to?.[i] ?? Number.NaN) - value));
}

/** The largest difference, in deviations of what is expected. */
function distance(actual: readonly number[] | undefined, expected: readonly number[] | undefined): number {
  if (!actual || !expected || actual.length !== expected.length) return Number.NaN;
  const deviation = Math.sqrt(expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)))) / deviation;
}

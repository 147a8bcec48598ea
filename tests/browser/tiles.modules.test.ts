/** Pictures painted by tiles, on real graphs (the tiny Pocket): as in the whole, cancelled between two, short of memory. */
import { expect, test } from '@playwright/test';
import type { GenerateJob, Picture } from '../../src/pipeline/job';
import type { ProgressEvent } from '../../src/pipeline/progress';
import { draw, JOB, psnr } from './drawing';

/** 512 x 320 px, which is one tile, or four where they may be 256 px long at most. */
const enlarged: GenerateJob = {
  ...JOB,
  steps: 1,
  plan: { ...JOB.plan, latentHeight: 12, latentWidth: 18, upscalePasses: 2, widthPx: 512, heightPx: 320 },
};
/** The same size straight from the decoder, which then runs once a tile. */
const decoded: GenerateJob = {
  ...enlarged,
  plan: { ...enlarged.plan, latentHeight: 42, latentWidth: 66, upscalePasses: 0 },
};
const SMALL_TILES = { largestTilePx: 256 };

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

for (const [name, job] of [
  ['enlarged', enlarged],
  ['decoded', decoded],
] as const) {
  test(`a picture ${name} by tiles is the one made in one piece`, async ({ page }) => {
    const { pictures, errors } = await page.evaluate(draw, inBothWays('wasm', job));
    expect(errors).toEqual([]);
    const [whole, tiled] = pictures;
    expect(whole?.plan).toMatchObject({ columns: 1, rows: 1 });
    expect(tiled?.plan).toMatchObject({ columns: 2, rows: 2, overlapPx: 0 });
    expect(largestDifference(whole?.rgba ?? [], tiled?.rgba ?? [])).toBeLessThanOrEqual(1);
  });

  // A strip, since the adapter may be emulated.
  const tag = name === 'decoded' ? '@long' : [];
  test(`so it is on WebGPU, and both are what the CPU makes: ${name}`, { tag }, async ({ page }) => {
    const strip = { ...job, plan: { ...job.plan, latentHeight: job.plan.latentHeight > 12 ? 10 : 4, heightPx: 64 } };
    const gpu = await page.evaluate(draw, inBothWays('webgpu', strip));
    const cpu = await page.evaluate(draw, inBothWays('wasm', strip));
    expect([...gpu.errors, ...cpu.errors]).toEqual([]);
    const [whole, tiled] = gpu.pictures;
    expect(tiled?.plan).toMatchObject({ columns: 2, rows: 1 });
    expect(largestDifference(whole?.rgba ?? [], tiled?.rgba ?? [])).toBeLessThanOrEqual(1);
    expect(largestDifference(tiled?.rgba ?? [], cpu.pictures[1]?.rgba ?? [])).toBeLessThanOrEqual(1);
  });
}

test('tiles that overlap fade into one another without a trace', async ({ page }) => {
  const { pictures, errors } = await page.evaluate(draw, { ...inBothWays('wasm', enlarged), inexact: true });
  expect(errors).toEqual([]);
  const [whole, tiled] = pictures;
  expect(tiled?.plan.overlapPx).toBe(64);
  // Rounded to bytes once for every tile that meets there.
  expect(largestDifference(whole?.rgba ?? [], tiled?.rgba ?? [])).toBeLessThanOrEqual(2);
});

test('a decoder whose norms see the whole picture paints by tiles what it paints in one piece', async ({ page }) => {
  const script = { ...inBothWays('wasm', decoded), wholeImageDecoder: 'groupnorm' };
  const { pictures, errors } = await page.evaluate(draw, script);
  expect(errors).toEqual([]);
  const [whole, tiled] = pictures;
  expect(whole?.plan).toMatchObject({ columns: 1, rows: 1 });
  expect(tiled?.plan).toMatchObject({ overlapPx: 64 });
  expect(tiled?.plan.columns).toBeGreaterThan(1);
  expect(psnr(whole?.rgba ?? [], tiled?.rgba ?? [])).toBeGreaterThanOrEqual(40);
});

test('a canvas on the GPU mixes, shrinks and ends up as the one on the CPU', async ({ page }) => {
  const gpu = await page.evaluate(paintNoise, 'webgpu' as const);
  const cpu = await page.evaluate(paintNoise, 'wasm' as const);
  expect(largestDifference(gpu.pixels, cpu.pixels)).toBeLessThanOrEqual(1);
  expect(largestDifference(gpu.small, cpu.small)).toBeLessThanOrEqual(1);
  expect([gpu.refusal, cpu.refusal]).toEqual(['bad_output', 'bad_output']);
});

/** Runs in the page: four tiles of numbers that meet in one corner, a part of it shrunk, and a tile with a NaN. */
async function paintNoise(device: 'wasm' | 'webgpu') {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { cutAxis } = await import('/src/diffusion/tiles.ts');
  const { gaussianNoise } = await import('/src/diffusion/random.ts');
  const runtime = await openRuntime({ device, runtimeUrl: new URL('/ort/', location.href).href, verbose: false });
  const canvas = runtime.createCanvas(100, 70);
  for (const y of cutAxis(70, { limit: 48, overlap: 16 })) {
    for (const x of cutAxis(100, { limit: 64, overlap: 16 })) {
      const [height, width] = [y.end - y.start, x.end - x.start];
      const noise = gaussianNoise(x.start + 1000 * y.start, { channels: 3, height, width }).map(
        (value) => 0.5 + value / 4,
      );
      const tile = runtime.toDevice(runtime.float32(noise, [1, 3, height, width]));
      await canvas.place(tile, { left: x.start, top: y.start, fadeX: x, fadeY: y });
    }
  }
  const shrunk = await canvas.shrink({ left: 8, top: 4, widthPx: 80, heightPx: 60 }, 4);
  const picture = (await canvas.finish()).getContext('2d')?.getImageData(0, 0, 100, 70);
  const noFade = { fadeIn: 0, fadeOut: 0 };
  const broken = runtime.toDevice(runtime.float32(new Float32Array(12).fill(Number.NaN), [1, 3, 2, 2]));
  const placed = runtime.createCanvas(2, 2).place(broken, { left: 0, top: 0, fadeX: noFade, fadeY: noFade });
  const refusal = await placed.then(() => null).catch((error) => error.code);
  return { pixels: Array.from(picture?.data ?? []), small: Array.from(shrunk.rgba), refusal };
}

test('what is painted comes from the super-resolution graph', async ({ page }) => {
  const faulty = { graph: 'super_resolution', by: 'super_resolution_nan' };
  const { pictures, errors } = await page.evaluate(draw, {
    device: 'wasm' as const,
    jobs: [enlarged, decoded],
    faulty,
  });
  expect(errors).toEqual([expect.stringContaining('not numbers')]);
  expect(pictures).toHaveLength(1);
});

test('a latent is refined to twice its size before it is decoded, always in the same way', async ({ page }) => {
  const plan = { ...JOB.plan, refinePasses: 1, latentHeight: 12, latentWidth: 10, widthPx: 300, heightPx: 380 };
  const job = { ...JOB, plan };
  const base = { ...JOB, plan: { ...plan, refinePasses: 0, widthPx: 150, heightPx: 190 } };
  const { pictures, errors, events } = await page.evaluate(draw, { device: 'wasm' as const, jobs: [job, job, base] });
  expect(errors).toEqual([]);
  expect(pictures[0]?.decoded).toEqual([300, 380]);
  expect(pictures[1]?.bytes).toBe(pictures[0]?.bytes);
  const refined = events.flatMap((event) =>
    event.type === 'stage' && event.stage === 'refine' ? [event.fraction] : [],
  );
  expect(refined.filter((fraction) => fraction === 1).length).toBeGreaterThanOrEqual(2);
});

test('a cancel stops between two tiles, and the next picture works', async ({ page }) => {
  const jobs = [{ ...enlarged, ...SMALL_TILES }, enlarged];
  const outcome = await page.evaluate(draw, { device: 'wasm' as const, jobs, abortFirstAtTile: 2 });
  expect(outcome.errors).toEqual(['AbortError']);
  expect(previewsOf(outcome.events)).toHaveLength(3);
  expect(outcome.pictures).toHaveLength(1);
});

const STRIP = { ...enlarged, plan: { ...enlarged.plan, latentHeight: 4, heightPx: 64 } };

for (const { device, memory, job } of [
  { device: 'webgpu', memory: 'gpuBytes=600000', job: STRIP },
  { device: 'wasm', memory: 'heapPages=300', job: enlarged },
] as const) {
  const tag = device === 'webgpu' ? '@long' : [];
  test(`out of memory on ${device}, the picture starts over in smaller tiles and is finished`, { tag }, async ({
    page,
  }) => {
    const { plans, picture, error } = await page.evaluate(drawInWorker, { job, device, memory });
    expect(error).toBeNull();
    expect(plans.map(({ tilePx }) => tilePx)).toEqual([512, 256]);
    expect(picture).toMatchObject({ widthPx: 512, heightPx: job.plan.heightPx, device });
  });
}

test('out of memory for the smallest tiles too, it says so', async ({ page }) => {
  const script = { job: STRIP, device: 'webgpu' as const, memory: 'gpuBytes=100000' };
  const { plans, error } = await page.evaluate(drawInWorker, script);
  expect(plans.map(({ tilePx }) => tilePx)).toEqual([512, 256]);
  expect(error).toMatchObject({ code: 'out_of_memory' });
});

interface WorkerScript {
  readonly job: GenerateJob;
  readonly device: 'wasm' | 'webgpu';
  /** Query of the worker that is short of it. */
  readonly memory: string;
}

/** Runs in the page: through the supervisor, with a real worker that has little memory. */
async function drawInWorker({ job, device, memory }: WorkerScript) {
  const { Engine } = await import('/src/jobs/engine.ts');
  const { Supervisor } = await import('/src/jobs/supervisor.ts');
  const url = `/tests/browser/workers/shortOfMemory.worker.ts?worker_file&type=module&${memory}`;
  const absolute = (path: string) => new URL(path, location.href).href;
  const files = { modelUrl: absolute('/tests/fixtures/tiny-pocket/'), runtimeUrl: absolute('/ort/') };
  const createEngine = () => new Engine(new Worker(url, { type: 'module' }));
  const supervisor = new Supervisor(createEngine, { device, ...files, verboseRuntime: false });
  const plans: Extract<ProgressEvent, { type: 'plan' }>['plan'][] = [];
  const onProgress = (event: ProgressEvent) => {
    if (event.type === 'plan') plans.push(event.plan);
  };
  try {
    const picture: Picture = await supervisor.generate(job, { onProgress, signal: new AbortController().signal });
    return { plans, picture, error: null };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { plans, picture: null, error: { code, message } };
  }
}

function inBothWays(device: 'wasm' | 'webgpu', job: GenerateJob) {
  return { device, jobs: [job, { ...job, ...SMALL_TILES }] };
}

function previewsOf(events: readonly ProgressEvent[]) {
  return events.filter((event) => event.type === 'tile');
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBeGreaterThan(0);
  expect(b).toHaveLength(a.length);
  let largest = 0;
  for (const [i, value] of a.entries()) largest = Math.max(largest, Math.abs(value - (b[i] ?? Number.NaN)));
  return largest;
}

/** Refinement by windows on real graphs (the tiny Pocket): as without windows, the same again, without seams. */
import { expect, test } from '@playwright/test';
import { cutAxis } from '../../src/diffusion/tiles';
import type { RefineOptions } from '../../src/pipeline/refine';

/** 32 cells refined to 64, in windows of 24. The multiple is that of the enlarged grid's own pattern: see `seamRatio`. */
const CELLS = 64;
const tiled: RefineOptions = { steps: 10, tileCells: 24, overlapCells: 8, gridMultiple: 4 };
const whole: RefineOptions = { ...tiled, tileCells: CELLS };
/** One step of two by two windows: WebGPU in software is slow. */
const few: RefineOptions = { ...tiled, steps: 4, tileCells: 40 };
const SEEDS = [7, 8, 9, 10];

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

for (const keptCells of [2, null]) {
  test(`one window that covers everything is plain image to image (kept: ${keptCells})`, async ({ page }) => {
    const runs = [{ seed: 7, options: { ...whole, keptCells } }];
    const { latents, plain } = await page.evaluate(refineInPage, { device: 'wasm' as const, runs, comparePlain: true });
    expect(largest(subtract(latents[0] ?? [], plain[0] ?? []))).toBeLessThan(1e-5);
    expect(largest(plain[0] ?? [])).toBeGreaterThan(0.5);
  });
}

test('the same seed and windows give the same numbers; other windows do not', async ({ page }) => {
  const runs = [tiled, tiled, whole].map((options) => ({ seed: 7, options }));
  const { latents } = await page.evaluate(refineInPage, { device: 'wasm' as const, runs });
  const [first, second, other] = latents;
  expect(second).toEqual(first);
  expect(other).not.toEqual(first);
});

test('no seam shows where windows meet, and one would be found', async ({ page }) => {
  const runs = [tiled, { ...tiled, overlapCells: 0 }, whole].flatMap((options) =>
    SEEDS.map((seed) => ({ seed, options })),
  );
  const { latents } = await page.evaluate(refineInPage, { device: 'wasm' as const, runs });
  const [blended, cut, reference] = [0, 1, 2].map((part) =>
    latents.slice(part * SEEDS.length, (part + 1) * SEEDS.length),
  );
  expect(Math.abs(meanSeamRatio(blended, reference, 8) - 1)).toBeLessThan(0.1);
  expect(meanSeamRatio(cut, reference, 0)).toBeGreaterThan(1.1);
});

test('WebGPU refines as wasm does', async ({ page }) => {
  test.slow(true, 'rendered in software');
  const script = { runs: [{ seed: 7, options: few }] };
  const gpu = await page.evaluate(refineInPage, { ...script, device: 'webgpu' as const });
  const cpu = await page.evaluate(refineInPage, { ...script, device: 'wasm' as const });
  expect(largest(subtract(gpu.latents[0] ?? [], cpu.latents[0] ?? []))).toBeLessThan(1e-2);
});

for (const device of ['wasm', 'webgpu'] as const) {
  const tag = device === 'webgpu' ? '@long' : [];
  test(`a cancel between two windows frees every tensor on ${device}, and the next run works`, { tag }, async ({
    page,
  }) => {
    test.slow(device === 'webgpu', 'rendered in software');
    const runs = [
      { seed: 7, options: few, cancelAt: 4 },
      { seed: 7, options: few },
    ];
    const { errors, latents, tensors } = await page.evaluate(refineInPage, { device, runs });
    expect(errors).toEqual(['AbortError']);
    expect(latents).toHaveLength(1);
    expect(tensors.made).toBeGreaterThan(12);
    expect(tensors.alive).toBe(0);
  });
}

interface Script {
  readonly device: 'wasm' | 'webgpu';
  readonly runs: readonly {
    readonly seed: number;
    readonly options: RefineOptions;
    /** Number of the checkpoint at which the run is cancelled, from 1. */
    readonly cancelAt?: number;
  }[];
  /** Also denoise the whole latent step by step, as a pipeline without windows would. */
  readonly comparePlain?: boolean;
}

/** Runs in the page. */
async function refineInPage({ device, runs, comparePlain }: Script) {
  const { openPocket } = await import('/tests/browser/pages/openPocket.ts');
  const { refineLatent } = await import('/src/pipeline/refine.ts');
  const { gaussianNoise } = await import('/src/diffusion/random.ts');
  const { enlargeLatent } = await import('/src/diffusion/enlargeLatent.ts');
  const { keepLowFrequencies } = await import('/src/diffusion/lowFrequencies.ts');
  const { refinementSeed } = await import('/src/diffusion/renoise.ts');
  type Tensor = Awaited<ReturnType<typeof model.denoise>>;
  const { runtime, model } = await openPocket('/tests/fixtures/tiny-pocket/', device);
  const prompt = await model.encodePrompt({
    prompt: 'a red apple',
    negativePrompt: null,
    guidance: null,
    references: [],
    checkpoint: async () => {},
  });
  const made = new Set<Tensor>();
  const latents: number[][] = [];
  const plain: number[][] = [];
  const errors: string[] = [];
  for (const { seed, options, cancelAt } of runs) {
    const base = await drawBase(seed);
    let checkpoints = 0;
    const checkpoint = async () => {
      if (++checkpoints === cancelAt) throw new DOMException('Cancelled.', 'AbortError');
    };
    try {
      const context = { runtime: watchedRuntime(), model: watchedModel(), prompt, seed, checkpoint, report: () => {} };
      const refined = await refineLatent(context, base, options);
      latents.push(Array.from(await runtime.read(refined)));
      refined.dispose();
    } catch (error) {
      errors.push((error as Error).name);
    }
    if (comparePlain) plain.push(await refinePlainly(base, seed, options));
    base.dispose();
  }
  const alive = [...made].filter(({ location: place }) => place !== 'none').length;
  await runtime.close();
  return { latents, plain, errors, tensors: { made: made.size, alive } };

  /** One step from noise: a latent as the model draws it. */
  async function drawBase(seed: number): Promise<Tensor> {
    const noise = gaussianNoise(seed, { channels: model.latentChannels, height: 32, width: 32 });
    const conditioning = await model.condition(prompt, { latentHeight: 32, latentWidth: 32 }, async () => {});
    return model.denoise(onDevice(noise, [1, model.latentChannels, 32, 32]), 1, conditioning);
  }

  function onDevice(values: Float32Array, dims: readonly number[]): Tensor {
    return runtime.toDevice(runtime.float32(values, dims));
  }

  function watched(tensor: Tensor): Tensor {
    if (tensor !== prompt.tensors.memory) made.add(tensor);
    return tensor;
  }

  function watchedRuntime() {
    return {
      float32: (values: Float32Array, dims: readonly number[]) => runtime.float32(values, dims),
      read: (tensor: Tensor) => runtime.read(tensor),
      toDevice: (tensor: Tensor) => watched(runtime.toDevice(tensor)),
    };
  }

  function watchedModel(): Pick<typeof model, 'sigmas' | 'condition' | 'denoise' | 'noising' | 'fixedGrid'> {
    return {
      noising: model.noising,
      fixedGrid: model.fixedGrid,
      sigmas: (...inputs) => model.sigmas(...inputs),
      denoise: async (...inputs) => watched(await model.denoise(...inputs)),
      condition: async (...inputs) => {
        const conditioning = await model.condition(...inputs);
        for (const tensor of Object.values(conditioning.tensors)) watched(tensor);
        return conditioning;
      },
    };
  }

  /** Strength 0.3 of ten steps written out: the last three. */
  async function refinePlainly(
    base: Tensor,
    seed: number,
    { keptCells = 2 }: Script['runs'][number]['options'],
  ): Promise<number[]> {
    const shape = { channels: model.latentChannels, height: 64, width: 64 };
    const dims = [1, shape.channels, 64, 64];
    const enlarged = enlargeLatent(await runtime.read(base), { ...shape, height: 32, width: 32 });
    const noise = gaussianNoise(refinementSeed(seed, shape), shape);
    const [first = 0, second = 0, third = 0] = model.sigmas(10, { latentHeight: 64, latentWidth: 64 }).slice(-4);
    const conditioning = await model.condition(prompt, { latentHeight: 64, latentWidth: 64 }, async () => {});
    let latent = enlarged.map((value, i) => (1 - first) * value + first * (noise[i] ?? 0));
    for (const [sigma, next] of [
      [first, second],
      [second, third],
      [third, 0],
    ] as const) {
      const guess = await runtime.read(await model.denoise(onDevice(latent, dims), sigma, conditioning));
      const kept =
        keptCells === null ? guess : keepLowFrequencies(guess, enlarged, { shape, knotDistance: 2 * keptCells });
      latent = latent.map((value, i) => value + ((next - sigma) * (value - (kept[i] ?? 0))) / sigma);
    }
    return Array.from(latent);
  }
}

/**
 * How much steeper the work of the windows (what differs from the run without windows) is across their borders than
 * across other lines; 1 where borders are nothing special. The picture itself would drown it. Only every fourth line
 * counts: the enlarged base and the model's patches have a pattern of their own in between.
 */
function seamRatio(difference: readonly number[], overlap: number): number {
  const spans = cutAxis(CELLS, { limit: tiled.tileCells, overlap, multiple: 4 });
  const borders = new Set(spans.flatMap(({ start, end }) => [start, end]));
  const energy = { border: 0, other: 0 };
  const count = { border: 0, other: 0 };
  for (let i = 0; i < difference.length; i++) {
    const [x, y] = [i % CELLS, Math.floor(i / CELLS) % CELLS];
    for (const [line, before] of [
      [x, i - 1],
      [y, i - CELLS],
    ] as const) {
      if (line === 0 || line % 4 !== 0) continue;
      const kind = borders.has(line) ? 'border' : 'other';
      energy[kind] += ((difference[i] ?? 0) - (difference[before] ?? 0)) ** 2;
      count[kind] += 1;
    }
  }
  return energy.border / count.border / (energy.other / count.other);
}

function meanSeamRatio(latents: readonly number[][] = [], reference: readonly number[][] = [], overlap = 0): number {
  const ratios = latents.map((latent, i) => seamRatio(subtract(latent, reference[i] ?? []), overlap));
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
}

function subtract(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value - (b[i] ?? Number.NaN));
}

function largest(values: readonly number[]): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), values.length === 0 ? Number.NaN : 0);
}

/**
 * One whole picture, with a look at two others, by the shipped graphs on onnxruntime's WebGPU execution provider, through
 * the product's own worker. On a small grid, since the adapter may be emulated: there a 16x16 grid takes minutes.
 */
import { expect, type Page, test } from '@playwright/test';
import type { Device, GenerateJob } from '../../src/pipeline/job';
import { JOB, paintedPicture, psnr } from './drawing';
import { type Placement, readPlacements, UNLISTED } from './nodePlacement';

const MODEL = '/models/pocket/';

const references = [paintedPicture(64, 48, 0), paintedPicture(48, 64, 1)];
const job: GenerateJob = { ...JOB, references, steps: 2, previews: false };

/**
 * What may stay on the CPU: arithmetic on shapes, zeros of such a shape, and the look-up of a prompt's rows in the int8 embedding table, for
 * which WebGPU has no kernel. None of it may read what the GPU computed: that would be a copy back, `MemcpyToHost`.
 */
const LIGHT =
  'Add Cast Concat ConstantOfShape Div Gather Mod Mul Neg Reshape Shape Slice Split Squeeze Sub Unsqueeze'.split(' ');

/** What the log must list on the GPU, or it was not read right. */
const LISTED = ['Conv', 'LayerNormalization', 'MatMul', 'MatMulNBits', 'Softmax'];
const GRAPH_COUNT = 8;

test('WebGPU draws what wasm draws, with no heavy node on the CPU', async ({ page }) => {
  // Half a minute when nothing else runs.
  test.setTimeout(300_000);
  const log: string[] = [];
  page.on('console', (message) => log.push(message.text()));
  await page.goto('/tests/browser/blank.html');

  const gpu = await draw(page, 'webgpu');
  expect(gpu.device).toBe('webgpu');
  checkPlacements(readPlacements(log));

  const cpu = await draw(page, 'wasm');
  expect(cpu.device).toBe('wasm');
  expect(gpu.rgba).toHaveLength(cpu.rgba.length);
  const agreementDb = psnr(gpu.rgba, cpu.rgba);
  test.info().annotations.push({ type: 'figures', description: JSON.stringify({ agreementDb }) });
  expect(agreementDb).toBeGreaterThanOrEqual(35);
});

function checkPlacements(sessions: readonly Placement[]): void {
  expect(sessions).toHaveLength(GRAPH_COUNT);
  const onGpu = sessions.flatMap(({ WebGpuExecutionProvider: counts = {} }) => Object.keys(counts));
  expect(onGpu).toEqual(expect.arrayContaining([...LISTED, UNLISTED]));
  expect(onGpu).not.toContain('MemcpyToHost');
  for (const { CPUExecutionProvider: onCpu = {} } of sessions) {
    expect(LIGHT).toEqual(expect.arrayContaining(Object.keys(onCpu)));
  }
  const providers = new Set(sessions.flatMap((session) => Object.keys(session)));
  expect([...providers].sort()).toEqual(['CPUExecutionProvider', 'WebGpuExecutionProvider']);
}

/** Draws in a worker of its own and gives back the pixels. */
async function draw(page: Page, device: Device): Promise<{ device: Device; rgba: number[] }> {
  const picture = await page.evaluate(
    async ({ device, job, modelPath }) => {
      const { Engine } = await import('/src/jobs/engine.ts');
      const absolute = (path: string) => new URL(path, location.href).href;
      const engine = new Engine(new Worker('/workers/generate.worker.ts?worker_file&type=module', { type: 'module' }));
      const files = { modelUrl: absolute(modelPath), runtimeUrl: absolute('/ort/') };
      await engine.init({ device, ...files, verboseRuntime: device === 'webgpu' }, () => {});
      const options = { onProgress: () => {}, signal: new AbortController().signal };
      const { blob, widthPx, heightPx, device: actual } = await engine.generate(job, options);
      engine.close();
      const context = new OffscreenCanvas(widthPx, heightPx).getContext('2d');
      context?.drawImage(await createImageBitmap(blob), 0, 0);
      return { device: actual, rgba: Array.from(context?.getImageData(0, 0, widthPx, heightPx).data ?? []) };
    },
    { device, job, modelPath: MODEL },
  );
  return picture;
}

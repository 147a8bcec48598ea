/**
 * The published contracts without their weights: on small replicas of each, every family draws what diffusers draws from
 * the same noise. Graphs of 16-bit floats run unchanged on the CPU; those of 32 bits also on WebGPU.
 */
import { expect } from '@playwright/test';
import type { ModelSpec, StableDiffusionSpec } from '../../src/models/spec';
import { REPLICA_SPECS } from './replicaSpecs';
import { goldenCases, psnrDb, relativeError, runReplica, servedFiles } from './replicas';
import { test } from './sharedPage';

/** Largest difference of the final latents, in deviations of the reference's. */
const FLOAT32_ERROR = 1e-3;
/** Where activations are rounded to 11 bits, only the picture counts. */
const FLOAT16_PSNR_DB = 40;

const HALF = new Set(['sd-turbo-webnn', 'sd15', 'sd15-nmkd', 'sdxl-turbo', 'z-image-turbo', 'flux2-klein']);

for (const [replica, { spec, overrides = {} }] of Object.entries(REPLICA_SPECS)) {
  for (const golden of goldenCases(replica)) {
    const files = servedFiles(replica);
    const adapted = adapt(spec, overrides[golden.name]);

    test(`${replica}: ${golden.name} is what diffusers draws`, async ({ sharedPage: page }) => {
      const result = await page.evaluate(runReplica, {
        device: 'wasm',
        memory: 'staged',
        spec: adapted,
        files,
        golden,
      } as const);
      const error = relativeError(result.latent, golden.latent);
      const db = psnrDb(result.picture, golden.picture);
      test.info().annotations.push({
        type: 'measured',
        description: `latent ${error.toExponential(1)}, picture ${db.toFixed(1)} dB`,
      });
      if (HALF.has(replica)) expect(db).toBeGreaterThanOrEqual(FLOAT16_PSNR_DB);
      else expect(error).toBeLessThan(FLOAT32_ERROR);
      expect(db).toBeGreaterThanOrEqual(FLOAT16_PSNR_DB);
    });
  }
}

// SwiftShader has no 16-bit floats, and takes seconds for a step. The other two contracts of 32 bits are drawn on WebGPU where
// their devices are counted, in the soak: stableDiffusion.modules.test.ts, zImage.modules.test.ts.
test('sdxs-512: WebGPU draws what diffusers draws', async ({ page }) => {
  const [golden] = goldenCases('sdxs-512');
  const { spec } = REPLICA_SPECS['sdxs-512'] ?? {};
  if (!golden || !spec) throw new Error('sdxs-512 has no cases.');
  await page.goto('/tests/browser/blank.html');
  const run = { device: 'webgpu', memory: 'staged', spec, files: servedFiles('sdxs-512'), golden } as const;
  const result = await page.evaluate(runReplica, run);
  expect(relativeError(result.latent, golden.latent)).toBeLessThan(FLOAT32_ERROR);
  expect(psnrDb(result.picture, golden.picture)).toBeGreaterThanOrEqual(FLOAT16_PSNR_DB);
});

/** What a case does otherwise than its model's data file. */
function adapt(spec: ModelSpec, changes: Partial<StableDiffusionSpec> = {}): ModelSpec {
  return spec.family === 'stable-diffusion' ? { ...spec, ...changes } : spec;
}

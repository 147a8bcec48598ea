/** Pocket's references on WebGPU, which compiles for minutes where it is rendered in software. */
import { expect, test } from '@playwright/test';
import type { JobPicture } from '../../src/pipeline/job';
import { draw, psnr } from '../browser/drawing';
import { expectCancelsToFree, looking, TEN } from '../browser/pocketReferencesInPage';

const [FIRST, SECOND, THIRD] = TEN as [JobPicture, JobPicture, JobPicture];

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

test('WebGPU sees what wasm sees', async ({ page }) => {
  const jobs = [looking(FIRST, SECOND, THIRD)];
  const [gpu, cpu] = [
    await page.evaluate(draw, { device: 'webgpu' as const, jobs }),
    await page.evaluate(draw, { device: 'wasm' as const, jobs }),
  ].map(({ pictures, errors }) => {
    expect(errors).toEqual([]);
    return pictures[0];
  });
  expect(gpu?.device).toBe('webgpu');
  expect(psnr(gpu?.rgba ?? [], cpu?.rgba ?? [])).toBeGreaterThan(35);
});

test('a cancel between two pictures frees every tensor on WebGPU, and the next job works', async ({ page }) => {
  await expectCancelsToFree(page, 'webgpu');
});

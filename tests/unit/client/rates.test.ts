import { describe, expect, it } from 'vitest';
import { expectedMs, ratesOf } from '../../../src/client/rates';
import { planOutput, planTiles } from '../../../src/diffusion/plan';
import type { Picture, TimingsMs } from '../../../src/pipeline/job';

const grid = { latentDownscale: 8, gridMultiple: 2 };

function plan(sidePx: number, upscalePasses: number) {
  const size = { widthPx: sidePx, heightPx: sidePx };
  return planTiles(planOutput(size, grid, { refinePasses: 0, upscalePasses }), { largestTilePx: 512, overlapCells: 0 });
}

function picture(timingsMs: TimingsMs): Picture {
  const drawn = { blob: new Blob(), widthPx: 1024, heightPx: 1024, device: 'wasm' as const, plan: plan(1024, 3) };
  return { ...drawn, timingsMs, sessionRunsMs: 0 };
}

describe('rates', () => {
  const measured = picture({ text: 30, denoise: 400, decode: 20, upscale: 200, encode: 50 });

  it('expect of the same picture what it took', () => {
    const rates = ratesOf(measured, { steps: 4 });
    expect(expectedMs(rates, measured.plan, 4)).toBeCloseTo(700, 9);
  });

  it('let the steps grow with the steps and the tiles with the pixels', () => {
    const rates = ratesOf(measured, { steps: 4 });
    expect(expectedMs(rates, measured.plan, 8)).toBeCloseTo(1100, 9);
    expect(expectedMs(rates, plan(4096, 5), 4)).toBeCloseTo(30 + 400 + 16 * 270, 9);
  });
});

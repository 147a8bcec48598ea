import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ASPECT_RATIOS, outputSize } from '../../../src/api/sizes';
import { patchPositions, planOutput } from '../../../src/diffusion/plan';

const grid = { latentDownscale: 8, gridMultiple: 2 };

describe('planOutput', () => {
  it.each(ASPECT_RATIOS)(
    'draws %s at 1K from a native picture no smaller than needed, cropped by less than one cell',
    (ratio) => {
      const size = outputSize(ratio, '1K');
      const plan = planOutput(size, grid, 3);
      const drawn = { widthPx: plan.latentWidth * 64, heightPx: plan.latentHeight * 64 };
      expect(plan).toMatchObject(size);
      for (const axis of ['widthPx', 'heightPx'] as const) {
        expect(drawn[axis]).toBeGreaterThanOrEqual(size[axis]);
        expect(drawn[axis] - size[axis]).toBeLessThan(128);
      }
    },
  );

  it('covers any size with an even grid, and with no cell too many', () => {
    const sizePx = fc.integer({ min: 8, max: 8192 });
    fc.assert(
      fc.property(sizePx, sizePx, fc.integer({ min: 0, max: 5 }), (widthPx, heightPx, passes) => {
        const plan = planOutput({ widthPx, heightPx }, grid, passes);
        const cellPx = 8 * 2 ** passes;
        expect(plan.latentWidth % 2).toBe(0);
        expect(plan.latentWidth * cellPx).toBeGreaterThanOrEqual(widthPx);
        expect((plan.latentWidth - 2) * cellPx).toBeLessThan(widthPx);
        expect(plan.latentHeight * cellPx).toBeGreaterThanOrEqual(heightPx);
      }),
    );
  });
});

describe('patchPositions', () => {
  it('is centred, in (y, x) order, row by row', () => {
    expect(Array.from(patchPositions(4, 8))).toEqual([
      ...[-0.125, -0.375, -0.125, -0.125, -0.125, 0.125, -0.125, 0.375],
      ...[0.125, -0.375, 0.125, -0.125, 0.125, 0.125, 0.125, 0.375],
    ]);
  });

  it('spans about -1 … 1 on a square grid of 16', () => {
    const positions = patchPositions(16, 16);
    expect(Math.max(...positions)).toBe(0.875);
    expect(positions.reduce((sum, value) => sum + value, 0)).toBe(0);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addWindow, cropWindow, cutFixedWindows, cutWindows } from '../../../src/diffusion/latentWindows';
import type { CutLimits } from '../../../src/diffusion/tiles';
import { anyLatent, type Latent, largestDifference } from './latents';

const latent = anyLatent({ maxCells: 48 });
const limits: fc.Arbitrary<CutLimits> = fc
  .record({ overlapSteps: fc.nat(4), spareSteps: fc.integer({ min: 1, max: 12 }), multiple: fc.constantFrom(1, 2) })
  .map(({ overlapSteps, spareSteps, multiple }) => ({
    limit: (3 * overlapSteps + spareSteps) * multiple,
    overlap: overlapSteps * multiple,
    multiple,
  }));

describe('windows of a latent', () => {
  it('have weights that sum to one everywhere', () => {
    fc.assert(
      fc.property(latent, limits, ({ shape }, cut) => {
        const ones = new Float32Array(shape.channels * shape.height * shape.width).fill(1);
        const sum = blend({ shape, values: ones }, cut);
        expect(largestDifference(sum, ones)).toBeLessThan(1e-6);
      }),
    );
  });

  it('put together again what was cut apart', () => {
    fc.assert(
      fc.property(latent, limits, ({ shape, values }, cut) => {
        expect(largestDifference(blend({ shape, values }, cut), values)).toBeLessThan(2e-6);
      }),
    );
  });

  it('change nothing when one covers everything', () => {
    fc.assert(
      fc.property(latent, ({ shape, values }) => {
        expect(blend({ shape, values }, { limit: 48, overlap: 16 })).toEqual(values);
      }),
    );
  });

  it('are no larger than allowed and keep the multiple', () => {
    fc.assert(
      fc.property(latent, limits, ({ shape }, cut) => {
        for (const { top, left, height, width } of cutWindows(shape, cut)) {
          expect(Math.max(height, width)).toBeLessThanOrEqual(cut.limit);
          for (const cells of [top, left, height, width]) expect(cells % (cut.multiple ?? 1)).toBe(0);
        }
      }),
    );
  });

  it('take the cells that are there', () => {
    const shape = { channels: 2, height: 4, width: 6 };
    const places = Float32Array.from({ length: 48 }, (_, i) => i);
    const [, right] = cutWindows(shape, { limit: 4, overlap: 0, multiple: 2 });
    expect(right).toMatchObject({ top: 0, left: 4, height: 4, width: 2 });
    const cells = right ? Array.from(cropWindow(places, shape, right)) : [];
    expect(cells).toEqual([4, 5, 10, 11, 16, 17, 22, 23, 28, 29, 34, 35, 40, 41, 46, 47]);
  });

  it('cross-fade: two that disagree by 1 meet in a ramp without a step', () => {
    const shape = { channels: 1, height: 4, width: 20 };
    const sum = new Float32Array(80);
    for (const [index, window] of cutWindows(shape, { limit: 12, overlap: 4 }).entries()) {
      addWindow(sum, shape, { window, values: new Float32Array(window.height * window.width).fill(index) });
    }
    expect(Array.from(sum.subarray(6, 14))).toEqual([0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]);
  });
});

describe('windows of one exact size', () => {
  const size = fc
    .record({ height: fc.integer({ min: 4, max: 24 }), width: fc.integer({ min: 4, max: 24 }) })
    .chain((window) =>
      fc.record({
        window: fc.constant(window),
        grid: fc.record({
          height: fc.integer({ min: window.height, max: 80 }),
          width: fc.integer({ min: window.width, max: 80 }),
        }),
        overlap: fc.integer({ min: 1, max: Math.floor(Math.min(window.height, window.width) / 2) }),
      }),
    );

  it('cover every cell, with weights that sum to one', () => {
    fc.assert(
      fc.property(size, ({ window, grid, overlap }) => {
        const shape = { channels: 1, ...grid };
        const sum = new Float32Array(grid.height * grid.width);
        for (const each of cutFixedWindows(grid, { ...window, overlap })) {
          expect([each.height, each.width]).toEqual([window.height, window.width]);
          expect(each.top + each.height).toBeLessThanOrEqual(grid.height);
          expect(each.left + each.width).toBeLessThanOrEqual(grid.width);
          addWindow(sum, shape, { window: each, values: new Float32Array(each.height * each.width).fill(1) });
        }
        expect(largestDifference(sum, new Float32Array(sum.length).fill(1))).toBeLessThan(1e-6);
      }),
    );
  });

  it('share at least the overlap', () => {
    fc.assert(
      fc.property(size, ({ window, grid, overlap }) => {
        const tops = new Set(cutFixedWindows(grid, { ...window, overlap }).map(({ top }) => top));
        const sorted = [...tops].toSorted((a, b) => a - b);
        for (const [index, top] of sorted.entries()) {
          const next = sorted[index + 1];
          if (next !== undefined) expect(top + window.height - next).toBeGreaterThanOrEqual(overlap);
        }
      }),
    );
  });

  it('are one where the grid is a window', () => {
    const [only, ...others] = cutFixedWindows({ height: 64, width: 64 }, { height: 64, width: 64, overlap: 16 });
    expect(others).toEqual([]);
    expect(only).toMatchObject({ top: 0, left: 0 });
  });

  it('do not fit a grid that is smaller', () => {
    expect(() => cutFixedWindows({ height: 48, width: 64 }, { height: 64, width: 64, overlap: 8 })).toThrow(RangeError);
  });

  it('cannot share all that they have', () => {
    expect(() => cutFixedWindows({ height: 64, width: 64 }, { height: 8, width: 8, overlap: 8 })).toThrow(RangeError);
  });
});

function blend({ shape, values }: Latent, cut: CutLimits): Float32Array {
  const sum = new Float32Array(values.length);
  for (const window of cutWindows(shape, cut)) {
    addWindow(sum, shape, { window, values: cropWindow(values, shape, window) });
  }
  return sum;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ASPECT_RATIOS, outputSize, RESOLUTIONS } from '../../../src/api/sizes';
import {
  baseSizePx,
  cropOffsetPx,
  nativeSizePx,
  patchPositions,
  planOutput,
  planTiles,
  tilesOf,
  visiblePart,
  withoutDoublings,
} from '../../../src/diffusion/plan';
import { pocket } from '../../../src/models/pocket';

const grid = { latentDownscale: 8, gridMultiple: 2 };
const NO_DOUBLINGS = { refinePasses: 0, upscalePasses: 0 };
const EVERY_SIZE = RESOLUTIONS.flatMap((resolution) => ASPECT_RATIOS.map((ratio) => ({ resolution, ratio })));

describe('planOutput', () => {
  it.each(EVERY_SIZE)(
    'draws $ratio at $resolution from a native picture no smaller than needed, cropped by less than one cell',
    ({ resolution, ratio }) => {
      const size = outputSize(ratio, resolution);
      const route = pocket.routes[resolution] ?? { refinePasses: 0, upscalePasses: 0 };
      const plan = planOutput(size, grid, route);
      const scale = 2 ** route.upscalePasses;
      const native = nativeSizePx(plan);
      expect(plan).toMatchObject(size);
      for (const axis of ['widthPx', 'heightPx'] as const) {
        expect(native[axis] * scale).toBeGreaterThanOrEqual(size[axis]);
        expect(native[axis] * scale - size[axis]).toBeLessThan(16 * scale);
      }
      const { left, top } = cropOffsetPx(plan);
      expect(native.widthPx * scale - size.widthPx - 2 * left).toBeGreaterThanOrEqual(0);
      expect(native.heightPx * scale - size.heightPx - 2 * top).toBeGreaterThanOrEqual(0);
    },
  );

  it('covers any size with an even grid, and with no cell too many', () => {
    const sizePx = fc.integer({ min: 8, max: 8192 });
    const passes = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(sizePx, sizePx, passes, passes, (widthPx, heightPx, refinePasses, upscalePasses) => {
        const plan = planOutput({ widthPx, heightPx }, grid, { refinePasses, upscalePasses });
        const cellPx = 8 * 2 ** (refinePasses + upscalePasses);
        expect(plan.latentWidth % 2).toBe(0);
        expect(plan.latentWidth * cellPx).toBeGreaterThanOrEqual(widthPx);
        expect((plan.latentWidth - 2) * cellPx).toBeLessThan(widthPx);
        expect(plan.latentHeight * cellPx).toBeGreaterThanOrEqual(heightPx);
      }),
    );
  });
});

describe('withoutDoublings', () => {
  it.each(EVERY_SIZE)('keeps the grid of $ratio at $resolution, and what is seen of it', ({ ratio, resolution }) => {
    const plan = planOutput(outputSize(ratio, resolution), grid, pocket.routes[resolution] ?? NO_DOUBLINGS);
    const small = withoutDoublings(plan);
    const { latentHeight, latentWidth } = plan;
    expect(small).toMatchObject({ latentHeight, latentWidth, refinePasses: 0, upscalePasses: 0 });
    expect({ ...cropOffsetPx(small), widthPx: small.widthPx, heightPx: small.heightPx }).toEqual(visiblePart(plan));
  });
});

describe('planTiles', () => {
  it.each(EVERY_SIZE)('paints every pixel of $ratio at $resolution exactly once where tiles are exact', (size) => {
    const plan = planOutput(outputSize(size.ratio, size.resolution), grid, { refinePasses: 0, upscalePasses: 4 });
    for (const largestTilePx of [256, 512, 1024]) {
      const tiled = planTiles(plan, { largestTilePx, overlapCells: 0 });
      const tiles = tilesOf(tiled);
      expect(tiles).toHaveLength(tiled.columns * tiled.rows);
      const painted = tiles.reduce((sum, { x, y }) => sum + (x.end - x.start) * (y.end - y.start), 0);
      expect(painted).toBe(plan.widthPx * plan.heightPx);
    }
  });

  it('shares cells as pixels of the output, in whole steps and at most a quarter of a tile', () => {
    const plan = planOutput({ widthPx: 2048, heightPx: 2048 }, grid, { refinePasses: 1, upscalePasses: 0 });
    expect(planTiles(plan, { largestTilePx: 512, overlapCells: 9 }).overlapPx).toBe(128);
    expect(planTiles(plan, { largestTilePx: 512, overlapCells: 99 }).overlapPx).toBe(128);
    expect(planTiles(plan, { largestTilePx: 512, overlapCells: 1 }).overlapPx).toBe(64);
  });

  it('lays tiles for any pair of sizes and any limits', () => {
    const sizePx = fc.integer({ min: 32, max: 1024 }).map((n) => 8 * n);
    const limits = fc.record({ largestTilePx: fc.constantFrom(256, 512, 1024), overlapCells: fc.nat(40) });
    fc.assert(
      fc.property(sizePx, sizePx, limits, (widthPx, heightPx, limit) => {
        const plan = planOutput({ widthPx, heightPx }, grid, { refinePasses: 0, upscalePasses: 2 });
        const tiled = planTiles(plan, limit);
        for (const { x, y } of tilesOf(tiled)) {
          expect(Math.max(x.end - x.start, y.end - y.start)).toBeLessThanOrEqual(limit.largestTilePx);
          expect(x.end).toBeLessThanOrEqual(widthPx);
          expect(y.end).toBeLessThanOrEqual(heightPx);
        }
      }),
    );
  });
});

describe('a model of one fixed size', () => {
  it('draws no side with fewer cells, and crops what is too much', () => {
    const grid = { latentDownscale: 8, gridMultiple: 8, leastCells: 64 };
    const plan = planOutput({ widthPx: 1512, heightPx: 648 }, grid, { refinePasses: 1, upscalePasses: 0 });
    expect([plan.latentWidth, plan.latentHeight]).toEqual([96, 64]);
    expect(cropOffsetPx(plan)).toEqual({ left: 12, top: 188 });
  });
});

describe('visiblePart', () => {
  it('is what will be seen of the base picture', () => {
    const grid = { latentDownscale: 8, gridMultiple: 8, leastCells: 64 };
    const plan = planOutput({ widthPx: 1512, heightPx: 648 }, grid, { refinePasses: 1, upscalePasses: 0 });
    expect(visiblePart(plan)).toEqual({ left: 6, top: 94, widthPx: 756, heightPx: 324 });
    expect(baseSizePx(plan)).toEqual({ widthPx: 768, heightPx: 512 });
  });

  it('lies inside the base picture, at any size', () => {
    const sizePx = fc.integer({ min: 32, max: 1024 }).map((n) => 8 * n);
    fc.assert(
      fc.property(sizePx, sizePx, fc.nat(2), (widthPx, heightPx, upscalePasses) => {
        const plan = planOutput({ widthPx, heightPx }, grid, { refinePasses: 1, upscalePasses });
        const part = visiblePart(plan);
        const base = baseSizePx(plan);
        expect(Math.min(part.left, part.top)).toBeGreaterThanOrEqual(0);
        expect(part.left + part.widthPx).toBeLessThanOrEqual(base.widthPx);
        expect(part.top + part.heightPx).toBeLessThanOrEqual(base.heightPx);
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

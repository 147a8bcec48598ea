import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAxis, weightAt } from '../../../../src/diffusion/tiles';
import { fadeShares, mixShare } from '../../../../src/runtime/canvas/tileCanvas';

describe('mixShare', () => {
  it('gives every tile its weight when tiles are mixed one after the other, row by row', () => {
    const size = fc.integer({ min: 1, max: 60 });
    const at = fc.integer({ min: 0, max: 59 });
    fc.assert(
      fc.property(size, size, at, at, fc.integer({ min: 0, max: 5 }), (width, height, x, y, overlap) => {
        fc.pre(x < width && y < height);
        const limits = { limit: 16, overlap };
        let total = 0;
        let expected = 0;
        let value = 0;
        let number = 0;
        for (const row of cutAxis(height, limits)) {
          for (const column of cutAxis(width, limits)) {
            number += 1;
            const inside = x >= column.start && x < column.end && y >= row.start && y < row.end;
            if (!inside) continue;
            const weight = weightAt(column, x) * weightAt(row, y);
            const shareX = fadeShares(column.end - column.start, column)[x - column.start];
            const shareY = fadeShares(row.end - row.start, row)[y - row.start];
            if (!shareX || !shareY) throw new RangeError('outside');
            const share = mixShare(shareX, shareY);
            value = value * (1 - share) + number * share;
            expected += weight * number;
            total += weight;
          }
        }
        expect(total).toBeCloseTo(1, 9);
        expect(value).toBeCloseTo(expected, 6);
      }),
    );
  });
});

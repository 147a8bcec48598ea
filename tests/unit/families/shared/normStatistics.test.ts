import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  follow,
  normaliseBy,
  normaliseRelative,
  poolStatistics,
  readStatistics,
  relate,
} from '../../../../src/families/shared/normStatistics';

const plainNorm = (groups: number) => ({ scale: Array(groups).fill(1), offset: Array(groups).fill(0), epsilon: 0 });

function statisticsOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { means: [mean], variances: [values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length] };
}

const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 20 });
const statistics = fc.record({
  means: fc.tuple(fc.double({ min: -9, max: 9, noNaN: true })),
  variances: fc.tuple(fc.double({ min: 0.01, max: 9, noNaN: true })),
});

describe('statistics of norms', () => {
  test('are read norm by norm, with epsilon in the variance', () => {
    const norms = [plainNorm(2), { ...plainNorm(1), epsilon: 0.5 }];
    expect(readStatistics([1, 2, 10, 20, 3, 30], norms)).toEqual({ means: [1, 2, 3], variances: [10, 20, 30.5] });
    expect(readStatistics([1, 2, 10, 20, 3, -1e-7], norms).variances).toEqual([10, 20, 0.5]);
  });

  test('of parts make those of the whole', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const parts = [left, right].map((part) => ({ statistics: statisticsOf(part), weight: part.length }));
        const [pooled, whole] = [poolStatistics(parts), statisticsOf([...left, ...right])];
        expect(pooled.means[0]).toBeCloseTo(whole.means[0] ?? Number.NaN, 6);
        expect(pooled.variances[0]).toBeCloseTo(whole.variances[0] ?? Number.NaN, 6);
      }),
    );
  });

  test('lie to others as their relation says', () => {
    fc.assert(
      fc.property(statistics, statistics, (from, to) => {
        const back = follow(from, relate(from, to));
        expect(back.means[0]).toBeCloseTo(to.means[0], 8);
        expect(back.variances[0]).toBeCloseTo(to.variances[0], 8);
      }),
    );
  });

  test('normalise alike, given at once or after the own ones', () => {
    const norms = [{ scale: [2], offset: [0.5], epsilon: 0 }];
    const own = { means: [3], variances: [4] };
    const whole = { means: [4], variances: [9] };
    const [given] = normaliseBy(whole, norms);
    const [relative] = normaliseRelative(relate(own, whole), norms);
    for (const x of [-2, 0, 7]) {
      const byOwn = (x - 3) / 2;
      const once = x * (given?.scale[0] ?? Number.NaN) + (given?.offset[0] ?? Number.NaN);
      expect(once).toBeCloseTo(((x - 4) / 3) * 2 + 0.5, 10);
      expect(byOwn * (relative?.scale[0] ?? Number.NaN) + (relative?.offset[0] ?? Number.NaN)).toBeCloseTo(once, 10);
    }
  });
});

/** The hash against values computed elsewhere, the noise against the normal distribution (training/fixtures/golden.py). */
import { describe, expect, it } from 'vitest';
import { gaussianNoise, normalAt, pcg4d } from '../../../src/diffusion/random';
import normal from '../../golden/normal_distribution.json';
import pcg from '../../golden/pcg4d.json';

const SHAPE = { channels: 8, height: 64, width: 64 };
const SEEDS = [0, 1, 7, 4294967295];

describe.each(pcg.cases)('pcg4d of $input', ({ input, output, normal: expected }) => {
  const [a = 0, b = 0, c = 0, d = 0] = input;

  it('is the reference hash', () => {
    expect(pcg4d(a, b, c, d)).toEqual(output);
  });

  it('becomes the reference normal value', () => {
    expect(normalAt(a, b, c, d)).toBeCloseTo(expected, 12);
  });
});

describe.each(SEEDS)('noise of seed %i', (seed) => {
  const noise = gaussianNoise(seed, SHAPE);

  it('follows the normal distribution', () => {
    expect(Math.sqrt(noise.length) * kolmogorovDistance(noise)).toBeLessThan(normal.kolmogorovCritical.value);
  });

  it('has its tails', () => {
    for (const { probability, value } of normal.quantiles) {
      const deviation = Math.sqrt((probability * (1 - probability)) / noise.length);
      expect(Math.abs(shareBelow(noise, value) - probability)).toBeLessThan(5 * deviation);
    }
  });

  it.each([
    ['right', 1],
    ['lower', SHAPE.width],
    ['next channel', SHAPE.width * SHAPE.height],
  ])('does not depend on the %s neighbour', (_, offset) => {
    expect(Math.abs(correlation(noise.subarray(0, -offset), noise.subarray(offset)))).toBeLessThan(limit(noise.length));
  });

  it('does not depend on the next seed', () => {
    const next = gaussianNoise((seed + 1) % 2 ** 32, SHAPE);
    expect(Math.abs(correlation(noise, next))).toBeLessThan(limit(noise.length));
  });
});

/** Largest distance between the empirical and the normal distribution, at the golden points. */
function kolmogorovDistance(values: Float32Array): number {
  const distances = normal.cdf.map(({ x, probability }) => Math.abs(shareBelow(values, x) - probability));
  return Math.max(...distances);
}

function shareBelow(values: Float32Array, limit: number): number {
  return values.reduce((count, value) => count + Number(value <= limit), 0) / values.length;
}

function correlation(a: Float32Array, b: Float32Array): number {
  // Mean 0 and deviation 1 are checked above.
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0) / a.length;
}

/** Five standard errors. */
function limit(count: number): number {
  return 5 / Math.sqrt(count);
}

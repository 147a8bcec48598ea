import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepLowFrequencies, lowFrequencies } from '../../../src/diffusion/lowFrequencies';
import { gaussianNoise } from '../../../src/diffusion/random';
import { anyLatent, largestDifference } from './latents';

const latent = anyLatent({ maxCells: 40 });
const knotDistance = fc.double({ min: 2, max: 16, noNaN: true });
const TOLERANCE = 1e-5;

describe('low frequencies', () => {
  it('are a projection: looking twice shows the same', () => {
    fc.assert(
      fc.property(latent, knotDistance, ({ shape, values }, knots) => {
        const once = lowFrequencies(values, shape, knots);
        expect(largestDifference(lowFrequencies(once, shape, knots), once)).toBeLessThan(TOLERANCE);
      }),
    );
  });

  it('hold all of a constant, up to the borders', () => {
    fc.assert(
      fc.property(latent, knotDistance, ({ shape, values }, knots) => {
        const flat = values.map(() => 0.75);
        expect(largestDifference(lowFrequencies(flat, shape, knots), flat)).toBeLessThan(TOLERANCE);
      }),
    );
  });

  it.each([
    { wave: 32, least: 0.999, most: 1 },
    { wave: 16, least: 0.99, most: 1 },
    { wave: 8, least: 0.4, most: 0.6 },
    { wave: 5, least: 0, most: 0.1 },
    { wave: 4, least: 0, most: 0.02 },
  ])('of knots every 4 cells: a wave of $wave cells keeps $least … $most', ({ wave, least, most }) => {
    const gain = powerKept(wave, 4);
    expect(gain).toBeGreaterThanOrEqual(least);
    expect(gain).toBeLessThanOrEqual(most);
  });
});

describe('a prediction with the low frequencies of the base', () => {
  it('looks like the base from afar and like the prediction from near', () => {
    fc.assert(
      fc.property(latent, knotDistance, fc.nat(), ({ shape, values: base }, knots, seed) => {
        const prediction = gaussianNoise(seed, shape).map((value) => 2 * value + 0.5);
        const kept = keepLowFrequencies(prediction, base, { shape, knotDistance: knots });
        const low = (values: Float32Array) => lowFrequencies(values, shape, knots);
        const high = (values: Float32Array) => subtract(values, low(values));
        expect(largestDifference(low(kept), low(base))).toBeLessThan(TOLERANCE);
        expect(largestDifference(high(kept), high(prediction))).toBeLessThan(TOLERANCE);
      }),
    );
  });
});

/** Share of a wave's power in its low frequencies, over all phases. */
function powerKept(wave: number, knots: number): number {
  const shape = { channels: 1, height: 2, width: 480 };
  const gains = [0, 0.25].map((phase) => {
    const values = Float32Array.from({ length: 960 }, (_, i) => Math.cos(2 * Math.PI * ((i % 480) / wave + phase)));
    return power(lowFrequencies(values, shape, knots)) / power(values);
  });
  return gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
}

function power(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function subtract(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - (b[i] ?? Number.NaN));
}

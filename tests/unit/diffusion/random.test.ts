import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussianNoise, normalAt, pcg4d } from '../../../src/diffusion/random';

const uint32 = fc.integer({ min: 0, max: 4294967295 });

describe('gaussianNoise', () => {
  it('has mean 0, variance 1 and the tails of a normal distribution', () => {
    const noise = gaussianNoise(1234, { channels: 16, height: 64, width: 64 });
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length;
    const beyondTwo = noise.filter((value) => Math.abs(value) > 2).length / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.005);
  });

  it('is a function of the place: a larger grid has the same values where they overlap', () => {
    const small = gaussianNoise(7, { channels: 2, height: 4, width: 4 });
    const large = gaussianNoise(7, { channels: 2, height: 6, width: 9 });
    expect(large[1 * 54 + 3 * 9 + 2]).toBe(small[1 * 16 + 3 * 4 + 2]);
  });

  it('differs between neighbouring seeds, and neighbours are not correlated', () => {
    const a = gaussianNoise(1, { channels: 8, height: 32, width: 32 });
    const b = gaussianNoise(2, { channels: 8, height: 32, width: 32 });
    const correlation = a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / a.length;
    expect(Math.abs(correlation)).toBeLessThan(0.05);
  });

  it('is finite everywhere', () => {
    fc.assert(fc.property(uint32, uint32, uint32, uint32, (s, x, y, c) => Number.isFinite(normalAt(s, x, y, c))));
  });
});

describe('pcg4d', () => {
  it('flips about half of the output bits when one input bit flips', () => {
    const flipped = pcg4d(42, 3, 5, 1).map((value, i) => bitCount(value ^ (pcg4d(43, 3, 5, 1)[i] ?? 0)));
    const total = flipped.reduce((sum, bits) => sum + bits, 0);
    expect(total).toBeGreaterThan(40);
    expect(total).toBeLessThan(88);
  });
});

function bitCount(value: number): number {
  return (value >>> 0).toString(2).replaceAll('0', '').length;
}

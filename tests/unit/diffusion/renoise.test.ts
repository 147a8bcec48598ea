import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussianNoise } from '../../../src/diffusion/random';
import { refinementSeed, refinementSigmas, renoise } from '../../../src/diffusion/renoise';
import { flowMatchSigmas } from '../../../src/diffusion/schedule';

const schedule = (steps: number) => flowMatchSigmas(steps, 1);

describe('refinementSigmas', () => {
  it('takes the end of the schedule', () => {
    expect(refinementSigmas(schedule, { steps: 10, strength: 0.5 })).toEqual(schedule(10).slice(5));
  });

  it('runs everything at strength 1', () => {
    expect(refinementSigmas(schedule, { steps: 4, strength: 1 })).toEqual(schedule(4));
  });

  it('never starts from more noise than asked for, takes at least one step and ends at 0', () => {
    const steps = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(steps, fc.double({ min: 0.01, max: 1, noNaN: true }), (count, strength) => {
        const sigmas = refinementSigmas(schedule, { steps: count, strength });
        expect(sigmas.length).toBeGreaterThanOrEqual(2);
        expect(sigmas[0]).toBeLessThanOrEqual(strength + 1e-9);
        expect(sigmas.at(-1)).toBe(0);
      }),
    );
  });

  it.each([0, -0.1, 1.1, Number.NaN])('refuses a strength of %s', (strength) => {
    expect(() => refinementSigmas(schedule, { steps: 4, strength })).toThrow(RangeError);
  });
});

describe('renoise', () => {
  const clean = Float32Array.of(1, -2, 0);
  const noise = Float32Array.of(2, 2, -2);

  it('mixes for flow matching, where sigma 1 is noise alone', () => {
    expect(Array.from(renoise(clean, noise, { sigma: 0.25, noising: 'flow' }))).toEqual([1.25, -1, -0.5]);
    expect(renoise(clean, noise, { sigma: 1, noising: 'flow' })).toEqual(noise);
  });

  it('adds where the variance explodes', () => {
    expect(Array.from(renoise(clean, noise, { sigma: 3, noising: 'exploding' }))).toEqual([7, 4, -6]);
  });
});

describe('refinementSeed', () => {
  it('gives noise that has nothing to do with the noise of the base, nor of another doubling', () => {
    const shape = { channels: 4, height: 32, width: 32 };
    const seeds = [7, refinementSeed(7, { height: 32, width: 32 }), refinementSeed(7, { height: 64, width: 64 })];
    const [base, first, second] = seeds.map((seed) => gaussianNoise(seed, shape));
    for (const other of [first, second]) expect(Math.abs(correlation(base, other))).toBeLessThan(0.08);
    expect(Math.abs(correlation(first, second))).toBeLessThan(0.08);
  });
});

function correlation(a: Float32Array = Float32Array.of(), b: Float32Array = Float32Array.of()): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0) / a.length;
}

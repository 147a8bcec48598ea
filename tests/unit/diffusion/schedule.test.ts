import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eulerStep } from '../../../src/diffusion/euler';
import {
  dynamicallyShiftedSigmas,
  empiricallyShiftedSigmas,
  flowMatchSigmas,
  twiceShiftedSigmas,
} from '../../../src/diffusion/schedule';

describe('flowMatchSigmas', () => {
  it('falls evenly from 1 to 0 without a shift', () => {
    expect(flowMatchSigmas(4, 1)).toEqual([1, 0.75, 0.5, 0.25, 0]);
  });

  it('always falls strictly from 1 to 0', () => {
    const steps = fc.integer({ min: 1, max: 50 });
    const shift = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(steps, shift, (n, s) => {
        const sigmas = flowMatchSigmas(n, s);
        expect(sigmas).toHaveLength(n + 1);
        expect(sigmas[0]).toBeCloseTo(1, 12);
        expect(sigmas[n]).toBe(0);
        for (const [i, sigma] of sigmas.slice(1).entries()) expect(sigma).toBeLessThan(sigmas[i] ?? 0);
      }),
    );
  });
});

describe('shifted schedules', () => {
  const steps = fc.integer({ min: 1, max: 100 });
  const tokens = fc.integer({ min: 1, max: 20_000 });

  it('fall strictly from 1 to 0', () => {
    fc.assert(
      fc.property(steps, tokens, fc.double({ min: 0.5, max: 10, noNaN: true }), (n, count, shift) => {
        const schedules = [
          twiceShiftedSigmas(n, shift),
          dynamicallyShiftedSigmas(n, count, { base: 0.5, max: 1.15 }),
          empiricallyShiftedSigmas(n, count),
        ];
        for (const sigmas of schedules) {
          expect(sigmas).toHaveLength(n + 1);
          expect(sigmas[0]).toBeCloseTo(1, 12);
          expect(sigmas[n]).toBe(0);
          for (const [i, sigma] of sigmas.slice(1).entries()) expect(sigma).toBeLessThan(sigmas[i] ?? 0);
        }
      }),
    );
  });

  it('are those of the published FLUX.2-klein at 1,024 tokens', () => {
    const sigmas = dynamicallyShiftedSigmas(4, 1024, { base: 0.5, max: 1.15 });
    expect(sigmas.map((sigma) => Number(sigma.toFixed(3)))).toEqual([1, 0.849, 0.652, 0.385, 0]);
  });

  it('keep more noise for longer in larger pictures', () => {
    const [small = 0, large = 0] = [256, 4096].map((n) => dynamicallyShiftedSigmas(8, n, { base: 0.5, max: 1.15 })[4]);
    expect(large).toBeGreaterThan(small);
  });
});

describe('eulerStep', () => {
  it('lands on the exact solution when the model knows the data point', () => {
    const data = 0.8;
    const noise = -1.3;
    const sigmas = flowMatchSigmas(5, 3);
    let x = noise;
    sigmas.slice(0, -1).forEach((sigma, i) => {
      const weights = eulerStep(sigma, sigmas[i + 1] ?? 0);
      x = weights.latent * x + weights.denoised * data;
      expect(x).toBeCloseTo((1 - (sigmas[i + 1] ?? 0)) * data + (sigmas[i + 1] ?? 0) * noise, 12);
    });
    expect(x).toBeCloseTo(data, 12);
  });
});

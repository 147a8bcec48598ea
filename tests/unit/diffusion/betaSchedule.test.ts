import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaSigmas, type Spacing, timestepOf } from '../../../src/diffusion/betaSchedule';
import type { SamplerName } from '../../../src/diffusion/samplers';
import { logTimestepAt, sigmaAt, TRAINING_STEPS, timestepAt } from '../../../src/diffusion/trainingSigmas';

const LAST = TRAINING_STEPS - 1;
const spacings = fc.constantFrom<Spacing>('linspace', 'leading', 'trailing', 'karras');
const samplers = fc.constantFrom<SamplerName>('euler', 'euler_ancestral', 'heun', 'dpmpp_2m', 'ddim', 'lcm');
const steps = fc.integer({ min: 1, max: 200 });

function isWhole(spacing: Spacing, sampler: SamplerName): boolean {
  if (sampler === 'lcm' || sampler === 'dpmpp_2m') return true;
  return spacing === 'leading' || spacing === 'trailing' || (spacing === 'linspace' && sampler === 'ddim');
}

describe('the noise levels of the training', () => {
  it('end at 14.614647, as published models have it', () => {
    expect(sigmaAt(LAST)).toBeCloseTo(14.614647, 5);
  });

  it('lead back to the timesteps they are of, exactly', () => {
    const timesteps = Array.from({ length: TRAINING_STEPS }, (_, timestep) => timestep);
    expect(timesteps.map((timestep) => timestepAt(sigmaAt(timestep)))).toEqual(timesteps);
    expect(timesteps.map((timestep) => logTimestepAt(sigmaAt(timestep)))).toEqual(timesteps);
  });

  it('lead back from between timesteps too', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: LAST, noNaN: true }), (timestep) => {
        expect(timestepAt(sigmaAt(timestep))).toBeCloseTo(timestep, 6);
      }),
    );
  });

  it('are held at the first and the last beyond them', () => {
    expect([timestepAt(0.001), timestepAt(20), logTimestepAt(0.001), logTimestepAt(20)]).toEqual([0, LAST, 0, LAST]);
  });
});

describe('a short schedule', () => {
  it('falls strictly to 0, whatever the spacing and the sampler', () => {
    fc.assert(
      fc.property(steps, spacings, samplers, (count, spacing, sampler) => {
        const sigmas = betaSigmas(count, spacing, sampler);
        expect(sigmas).toHaveLength(count + 1);
        expect(sigmas.at(-1)).toBe(0);
        for (const [i, sigma] of sigmas.slice(1).entries()) expect(sigma).toBeLessThan(sigmas[i] ?? 0);
      }),
    );
  });

  it('asks for timesteps that fall, and are whole where the sampler has only whole ones', () => {
    fc.assert(
      fc.property(steps, spacings, samplers, (count, spacing, sampler) => {
        const sigmas = betaSigmas(count, spacing, sampler).slice(0, -1);
        const timesteps = sigmas.map((sigma) => timestepOf(sigma, spacing, sampler));
        for (const [i, timestep] of timesteps.slice(1).entries()) {
          expect(timestep).toBeLessThanOrEqual(timesteps[i] ?? Number.NaN);
        }
        if (isWhole(spacing, sampler)) expect(timesteps.every(Number.isInteger)).toBe(true);
      }),
    );
  });

  it('is that of the published Stable Diffusion 1.5 at 25 steps', () => {
    const sigmas = betaSigmas(25, 'linspace', 'euler');
    const timesteps = sigmas.slice(0, -1).map((sigma) => timestepOf(sigma, 'linspace', 'euler'));
    expect([sigmas[0], sigmas[24], sigmas[25]].map((sigma) => sigma?.toPrecision(7))).toEqual([
      '14.61465',
      '0.02916753',
      '0.000000',
    ]);
    expect(timesteps.slice(0, 2)).toEqual([999, 957.375]);
    expect(timesteps[24]).toBe(0);
  });

  it('starts one-step models at the last timestep', () => {
    const [sigma = 0] = betaSigmas(1, 'trailing', 'euler');
    expect(timestepOf(sigma, 'trailing', 'euler')).toBe(LAST);
  });
});

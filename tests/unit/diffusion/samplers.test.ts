import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaSigmas } from '../../../src/diffusion/betaSchedule';
import type { Noising } from '../../../src/diffusion/renoise';
import { type SamplerName, samplerSteps } from '../../../src/diffusion/samplers';
import { flowMatchSigmas } from '../../../src/diffusion/schedule';
import { sigmaAt } from '../../../src/diffusion/trainingSigmas';
import { walk } from './walk';

const FOR_FLOW = ['euler', 'heun', 'lcm'] as const;
const SAMPLERS = [...FOR_FLOW, 'euler_ancestral', 'dpmpp_2m', 'ddim'] as const;

/** Any sampler that has a form for it, on noise levels of any distances. */
const runs = fc.constantFrom<Noising>('flow', 'exploding').chain((noising) =>
  fc.record({
    noising: fc.constant(noising),
    sampler: fc.constantFrom<SamplerName>(...(noising === 'flow' ? FOR_FLOW : SAMPLERS)),
    sigmas: fc
      .uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 20 })
      .map((levels) =>
        [...levels.sort((a, b) => b - a), 0].map((level) => (noising === 'flow' ? 1e-3 : 0.014) * level),
      ),
  }),
);

/** Consistency models mix the noisy latent into what they say. */
function hasBoundary({ sampler, noising }: { readonly sampler: SamplerName; readonly noising: Noising }): boolean {
  return sampler === 'lcm' && noising === 'exploding';
}

describe('the steps of a sampler', () => {
  it('follow the schedule down to 0 and run the model at every level but the last', () => {
    fc.assert(
      fc.property(runs, ({ sampler, sigmas, noising }) => {
        const table = samplerSteps(sampler, sigmas, noising);
        const ends = table.filter(({ endsStep }) => endsStep);
        expect(ends.map(({ sigmaNext }) => sigmaNext)).toEqual(sigmas.slice(1));
        expect(new Set(table.map(({ sigma }) => sigma))).toEqual(new Set(sigmas.slice(0, -1)));
        expect(ends.at(-1)).toBe(table.at(-1));
      }),
    );
  });

  it('end at what the model last said', () => {
    fc.assert(
      fc.property(runs, ({ sampler, sigmas, noising }) => {
        fc.pre(!hasBoundary({ sampler, noising }));
        const end = { latent: 0, denoised: 1, previousDenoised: 0, origin: 0, noise: 0 };
        expect(samplerSteps(sampler, sigmas, noising).at(-1)?.weights).toEqual(end);
      }),
    );
  });

  it('trust a consistency model with all but the lowest noise, where the latent is the picture', () => {
    const weightsAt = (sigma: number) => samplerSteps('lcm', [sigma, 0], 'exploding')[0]?.weights;
    const [lowest = 0, own = 0] = [sigmaAt(0), betaSigmas(50, 'leading', 'lcm')[49]];
    expect(weightsAt(lowest)?.denoised).toBe(0);
    expect(weightsAt(lowest)?.latent).toBeCloseTo(1, 3);
    expect(weightsAt(own)?.denoised).toBeCloseTo(1, 5);
    expect(weightsAt(own)?.latent).toBeLessThan(1e-5);
  });

  it('keep to the line between a clean picture and its noise, if the model knows the picture', () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(runs, number, number, ({ sampler, sigmas, noising }, clean, noise) => {
        fc.pre(!hasBoundary({ sampler, noising }));
        const noisy = (sigma: number) => (noising === 'flow' ? 1 - sigma : 1) * clean + sigma * noise;
        const table = samplerSteps(sampler, sigmas, noising);
        // Fresh noise that is the old one keeps samplers that add some on the same line.
        const latents = walk(table, {
          start: [noisy(sigmas[0] ?? 0)],
          denoised: () => [clean],
          noise: () => [noise],
        });
        for (const [i, { sigmaNext, weights }] of table.entries()) {
          if (sampler === 'euler_ancestral' && weights.noise !== 0) break;
          expect(latents[i]?.[0]).toBeCloseTo(noisy(sigmaNext), 8);
        }
      }),
    );
  });

  it('keep the variance of what they noise anew', () => {
    fc.assert(
      fc.property(runs, ({ sigmas }) => {
        for (const { weights, sigma, sigmaNext } of samplerSteps('euler_ancestral', sigmas, 'exploding')) {
          expect((weights.latent * sigma) ** 2 + weights.noise ** 2).toBeCloseTo(sigmaNext ** 2, 8);
        }
      }),
    );
  });

  it('run the model twice for each of Heun, but for the last, and keep the latent in between', () => {
    const table = samplerSteps('heun', [1, 0.5, 0.2, 0], 'flow');
    expect(table.map(({ endsStep }) => endsStep)).toEqual([false, true, false, true, true]);
    expect(table.map(({ keepsOrigin }) => keepsOrigin)).toEqual([true, false, true, false, false]);
    expect(table.map(({ sigma }) => sigma)).toEqual([1, 0.5, 0.5, 0.2, 0.2]);
  });

  it('are first order at both ends of DPM-Solver', () => {
    const table = samplerSteps('dpmpp_2m', betaSigmas(5, 'karras', 'dpmpp_2m'), 'exploding');
    expect(table.map(({ weights }) => weights.previousDenoised !== 0)).toEqual([false, true, true, true, false]);
  });

  it('come closer to the solution with order, for a model whose solution is known', () => {
    const deviation = 0.8;
    const start = 14;
    const errors = (['euler', 'dpmpp_2m', 'heun'] as const).map((sampler) => {
      const sigmas = [
        ...betaSigmas(30, 'karras', sampler)
          .slice(0, -1)
          .filter((sigma) => sigma > 0.1),
      ];
      const table = samplerSteps(sampler, [...sigmas, 0], 'exploding').slice(0, sampler === 'heun' ? -1 : undefined);
      const latents = walk(table, {
        start: [start],
        // The best guess for data of that deviation.
        denoised: ([x = 0], sigma) => [(x * deviation ** 2) / (deviation ** 2 + sigma ** 2)],
        noise: () => [],
      });
      const last = table.findLastIndex(({ sigmaNext, endsStep }) => endsStep && sigmaNext > 0);
      const spread = (sigma: number) => Math.sqrt(deviation ** 2 + sigma ** 2);
      const exact = (start * spread(table[last]?.sigmaNext ?? 0)) / spread(sigmas[0] ?? 0);
      return Math.abs((latents[last]?.[0] ?? Number.NaN) - exact);
    });
    expect(errors[1]).toBeLessThan((errors[0] ?? 0) / 3);
    expect(errors[2]).toBeLessThan((errors[0] ?? 0) / 3);
  });

  it.each(['euler_ancestral', 'dpmpp_2m', 'ddim'] as const)(
    'are refused for flow matching by %s, by name',
    (sampler) => {
      expect(() => samplerSteps(sampler, flowMatchSigmas(4, 1), 'flow')).toThrow(new RegExp(sampler));
    },
  );
});

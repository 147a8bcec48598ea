/** Sigmas and Euler steps against diffusers' FlowMatchEulerDiscreteScheduler (see training/fixtures/golden.py). */
import { describe, expect, it } from 'vitest';
import { eulerStep } from '../../../src/diffusion/euler';
import { flowMatchSigmas } from '../../../src/diffusion/schedule';
import golden from '../../golden/flow_match_euler.json';

/** The reference computes in float32. */
const TOLERANCE = 2e-6;

describe.each(golden.cases)('$steps steps, shift $shift', ({ steps, shift, sigmas, latents }) => {
  it('has the reference sigmas', () => {
    expect(largestDifference(flowMatchSigmas(steps, shift), sigmas)).toBeLessThan(TOLERANCE);
  });

  it('walks the reference trajectory', () => {
    const ours = walk(flowMatchSigmas(steps, shift));
    expect(ours).toHaveLength(latents.length);
    expect(largestDifference(ours.flat(), latents.flat())).toBeLessThan(TOLERANCE);
  });
});

function walk(sigmas: readonly number[]): number[][] {
  let latent = golden.field.start;
  return sigmas.slice(1).map((sigmaNext, index) => {
    const sigma = sigmas[index] ?? Number.NaN;
    const velocity = velocityAt(latent, sigma);
    const denoised = latent.map((value, i) => value - sigma * (velocity[i] ?? Number.NaN));
    const weights = eulerStep(sigma, sigmaNext);
    latent = latent.map((value, i) => weights.latent * value + weights.denoised * (denoised[i] ?? Number.NaN));
    return latent;
  });
}

function velocityAt(latent: readonly number[], sigma: number): number[] {
  return golden.field.mix.map((row, i) => {
    const mixed = row.reduce((sum, weight, j) => sum + weight * (latent[j] ?? Number.NaN), 0);
    return Math.tanh(mixed) + sigma * (golden.field.tilt[i] ?? Number.NaN);
  });
}

function largestDifference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
}

/** Every latent on the way of every sampler against diffusers' schedulers (training/fixtures/schedulers.py). */
import { expect, it } from 'vitest';
import { betaSigmas, type Spacing } from '../../../src/diffusion/betaSchedule';
import type { Noising } from '../../../src/diffusion/renoise';
import { type SamplerName, samplerSteps } from '../../../src/diffusion/samplers';
import golden from '../../golden/samplers.json';
import { largestDifference } from './latents';
import { walk } from './walk';

/** Of latents at deviation 1. */
const TOLERANCE = 1e-5;

type Case = {
  readonly sampler: SamplerName;
  readonly latents: readonly (readonly number[])[];
  readonly noise: readonly (readonly number[])[] | null;
} & (
  | { readonly noising: 'exploding'; readonly spacing: Spacing; readonly steps: number }
  | { readonly noising: 'flow'; readonly sigmas: readonly number[] }
);

it.each(golden.cases as Case[])('$sampler, $noising, $spacing $steps', (expected) => {
  const { sampler, noising, noise, latents } = expected;
  const sigmas = noising === 'flow' ? expected.sigmas : betaSigmas(expected.steps, expected.spacing, sampler);
  const table = samplerSteps(sampler, sigmas, noising);
  const ours = walk(table, {
    start: golden.field.start.map((value) => value * deviation(noising, sigmas[0])),
    denoised,
    noise: (step) => noise?.[step] ?? [],
  });
  expect(ours).toHaveLength(latents.length);
  ours.forEach((latent, index) => {
    const scale = deviation(noising, table[index]?.sigmaNext);
    expect(largestDifference(latent, latents[index] ?? []) / scale).toBeLessThan(TOLERANCE);
  });
});

function denoised(latent: readonly number[], sigma: number): number[] {
  const { mix, tilt } = golden.field;
  const unit = deviation('exploding', sigma);
  return mix.map((row, i) => {
    const mixed = row.reduce((sum, weight, j) => sum + weight * (latent[j] ?? Number.NaN), 0);
    return Math.tanh(mixed / unit) + (tilt[i] ?? Number.NaN) / (sigma + 1);
  });
}

function deviation(noising: Noising, sigma = Number.NaN): number {
  return noising === 'flow' ? 1 : Math.sqrt(sigma ** 2 + 1);
}

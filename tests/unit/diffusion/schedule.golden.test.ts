/** Noise levels and timesteps against diffusers' schedulers (training/fixtures/schedulers.py). */
import { describe, expect, it } from 'vitest';
import { betaSigmas, type Spacing, timestepOf } from '../../../src/diffusion/betaSchedule';
import type { SamplerName } from '../../../src/diffusion/samplers';
import {
  dynamicallyShiftedSigmas,
  empiricallyShiftedSigmas,
  twiceShiftedSigmas,
} from '../../../src/diffusion/schedule';
import { sigmaAt, TRAINING_STEPS } from '../../../src/diffusion/trainingSigmas';
import golden from '../../golden/schedules.json';
import { largestDifference } from './latents';

const TOLERANCE = 1e-5;

interface BetaCase {
  readonly sampler: SamplerName;
  readonly spacing: Spacing;
  readonly steps: number;
  readonly sigmas: readonly number[];
  readonly timesteps: readonly number[];
}

it('has the noise levels of the training', () => {
  const ours = golden.training.map((_, index) => sigmaAt(index * golden.trainingStride));
  expect(largestDifference(ours, golden.training)).toBeLessThan(TOLERANCE);
});

describe.each(golden.betas as BetaCase[])('$sampler, $spacing, $steps steps', (expected) => {
  const { sampler, spacing, steps } = expected;
  const sigmas = betaSigmas(steps, spacing, sampler);

  it('stops at the same noise levels', () => {
    expect(largestDifference(sigmas, expected.sigmas)).toBeLessThan(TOLERANCE);
  });

  it('asks the model at the same timesteps', () => {
    const timesteps = sigmas.slice(0, -1).map((sigma) => timestepOf(sigma, spacing, sampler));
    if (spacing !== 'karras' && expected.timesteps.every(Number.isInteger))
      expect(timesteps).toEqual(expected.timesteps);
    const shares = (all: readonly number[]) => all.map((timestep) => timestep / TRAINING_STEPS);
    expect(largestDifference(shares(timesteps), shares(expected.timesteps))).toBeLessThan(TOLERANCE);
  });
});

describe('flow matching', () => {
  it.each(golden.twiceShifted)('shifted twice by $shift, $steps steps', ({ steps, shift, sigmas }) => {
    expect(largestDifference(twiceShiftedSigmas(steps, shift), sigmas)).toBeLessThan(TOLERANCE);
  });

  it.each(golden.dynamic)('shifted for $tokens tokens, $steps steps', ({ steps, tokens, base, max, sigmas }) => {
    const ours = dynamicallyShiftedSigmas(steps, tokens, { base, max });
    expect(largestDifference(ours, sigmas)).toBeLessThan(TOLERANCE);
  });

  it.each(golden.empirical)('shifted as measured for $tokens tokens, $steps steps', ({ steps, tokens, sigmas }) => {
    expect(largestDifference(empiricallyShiftedSigmas(steps, tokens), sigmas)).toBeLessThan(TOLERANCE);
  });
});

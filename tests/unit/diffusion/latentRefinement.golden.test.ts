/** Enlarging, filtering, re-noising and the choice of steps against torch, numpy and diffusers (latent_refinement.py). */
import { describe, expect, it } from 'vitest';
import { enlargeLatent } from '../../../src/diffusion/enlargeLatent';
import { lowFrequencies } from '../../../src/diffusion/lowFrequencies';
import { gaussianNoise } from '../../../src/diffusion/random';
import { refinementSeed, refinementSigmas, renoise } from '../../../src/diffusion/renoise';
import { flowMatchSigmas } from '../../../src/diffusion/schedule';
import golden from '../../golden/latent_refinement.json';
import { largestDifference } from './latents';

/** The reference has seven digits. */
const TOLERANCE = 3e-6;
const { channels, height, width } = golden.shape;
const refined = { channels, height: 2 * height, width: 2 * width };
const enlarged = Float32Array.from(golden.enlarged);

describe('the parts of a refinement', () => {
  it('enlarge as torch does', () => {
    const ours = enlargeLatent(Float32Array.from(golden.base), golden.shape);
    expect(largestDifference(ours, golden.enlarged)).toBeLessThan(TOLERANCE);
  });

  it('filter as a pseudo-inverse of the splines does', () => {
    const ours = lowFrequencies(enlarged, refined, 2 * golden.keptCells);
    expect(largestDifference(ours, golden.lowFrequencies)).toBeLessThan(TOLERANCE);
  });

  it('add noise as the flow-matching scheduler does', () => {
    const [run] = golden.runs;
    const ours = renoise(enlarged, noise(), { sigma: run?.sigmas[0] ?? 0, noising: 'flow' });
    expect(largestDifference(ours, run?.start ?? [])).toBeLessThan(TOLERANCE);
  });

  it('add noise as the variance-exploding scheduler does', () => {
    const { sigma, noisy } = golden.exploding;
    expect(largestDifference(renoise(enlarged, noise(), { sigma, noising: 'exploding' }), noisy)).toBeLessThan(
      TOLERANCE,
    );
  });

  it.each(golden.tails)('take the last steps of $steps at strength $strength', ({ steps, strength, sigmas }) => {
    const ours = refinementSigmas((count) => flowMatchSigmas(count, golden.shift), { steps, strength });
    expect(largestDifference(ours, sigmas)).toBeLessThan(TOLERANCE);
  });
});

function noise(): Float32Array {
  return gaussianNoise(refinementSeed(golden.seed, refined), refined);
}

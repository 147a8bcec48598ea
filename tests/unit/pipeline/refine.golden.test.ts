/** Whole refinements, step by step, against numpy and diffusers (training/fixtures/latent_refinement.py). */
import { expect, it } from 'vitest';
import golden from '../../golden/latent_refinement.json';
import { type Latent, largestDifference } from '../diffusion/latents';
import { refineOnPaper } from './refineOnPaper';

/** The reference has seven digits, and latents of about 3. */
const TOLERANCE = 5e-6;
const { seed, shift, steps, strength } = golden;
const { limit: tileCells, overlap: overlapCells, multiple: gridMultiple } = golden.window;

it.each(golden.runs)('three steps of windows, keeping the base: $keepsBase', async ({ keepsBase, latents }) => {
  const base = { values: Float32Array.from(golden.base), shape: golden.shape };
  const keptCells = keepsBase ? golden.keptCells : null;
  const options = { steps, strength, tileCells, overlapCells, gridMultiple, keptCells };
  const refined = await refineOnPaper(base, options, { seed, shift, denoiser });
  expect(latents).toHaveLength(3);
  expect(largestDifference(refined, latents.at(-1) ?? [])).toBeLessThan(TOLERANCE);
});

/** As in the script: not linear, and the same pattern in every window. */
function denoiser({ values, shape }: Latent, sigma: number): Float32Array {
  return values.map((value, i) => {
    const column = i % shape.width;
    const row = Math.floor(i / shape.width) % shape.height;
    const channel = Math.floor(i / (shape.width * shape.height));
    return 0.9 * Math.tanh(value) + sigma * Math.sin(0.7 * row + 0.4 * column + channel);
  });
}

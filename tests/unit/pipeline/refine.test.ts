import { describe, expect, it } from 'vitest';
import { enlargeLatent } from '../../../src/diffusion/enlargeLatent';
import { lowFrequencies } from '../../../src/diffusion/lowFrequencies';
import { gaussianNoise } from '../../../src/diffusion/random';
import { type RefineOptions, windowsOf } from '../../../src/pipeline/refine';
import { type Latent, largestDifference } from '../diffusion/latents';
import { newTrace, refineOnPaper } from './refineOnPaper';
import { correlation, countThings, drawThings } from './things';

const shape = { channels: 2, height: 12, width: 22 };
const base: Latent = { shape, values: gaussianNoise(3, shape) };
const options: RefineOptions = { steps: 10, tileCells: 18, overlapCells: 4, gridMultiple: 2 };
/** 24 x 44 cells: 2 rows of 14, 3 columns of 18, 18 and 16. */
const WINDOWS = 6;
const STEPS = 3;

const halved = ({ values }: Latent) => values.map((value) => value / 2);

describe('windowsOf', () => {
  it('covers all of a latent for graphs that run on one size, however small', () => {
    for (const side of [1, 2, 8, 12]) {
      const fixedGrid = { latentHeight: side, latentWidth: side };
      const windows = windowsOf(shape, { ...options, overlapCells: 16, fixedGrid });
      const covered = new Set(windows.flatMap(({ top, left, height, width }) => cellsOf({ top, left, height, width })));
      expect(covered.size).toBe(shape.height * shape.width);
    }
  });

  function cellsOf({
    top,
    left,
    height,
    width,
  }: {
    top: number;
    left: number;
    height: number;
    width: number;
  }): string[] {
    return Array.from({ length: height * width }, (_, i) => `${top + Math.floor(i / width)},${left + (i % width)}`);
  }
});

describe('refineLatent', () => {
  it('tells after every window how far it is', async () => {
    const trace = newTrace();
    await refineOnPaper(base, options, { denoiser: halved, trace });
    expect(trace.fractions).toHaveLength(STEPS * WINDOWS);
    expect(trace.fractions[0]).toBeCloseTo(1 / (STEPS * WINDOWS), 12);
    expect(trace.fractions.at(-1)).toBe(1);
    expect(trace.fractions.toSorted((a, b) => a - b)).toEqual(trace.fractions);
  });

  it('conditions the model once for each size of window', async () => {
    const trace = newTrace();
    await refineOnPaper(base, options, { denoiser: halved, trace });
    expect(trace.conditioned.toSorted()).toEqual([...new Set(trace.conditioned)].toSorted());
    expect(trace.conditioned).toHaveLength(2);
  });

  it('gives the same for the same seed and windows, and something else for others', async () => {
    const draw = (change: Partial<RefineOptions>, seed: number) =>
      refineOnPaper(base, { ...options, ...change }, { denoiser: drawsAnEdge, seed });
    const first = await draw({}, 7);
    expect(await draw({}, 7)).toEqual(first);
    for (const other of [
      draw({}, 8),
      draw({ tileCells: 14 }, 7),
      draw({ strength: 0.5 }, 7),
      draw({ keptCells: 4 }, 7),
    ]) {
      expect(await other).not.toEqual(first);
    }
  });

  it('does not depend on the windows where the model does not', async () => {
    const whole = await refineOnPaper(base, { ...options, tileCells: 40 }, { denoiser: halved });
    const tiled = await refineOnPaper(base, options, { denoiser: halved });
    expect(largestDifference(tiled, whole)).toBeLessThan(1e-5);
  });

  it("frees all but the caller's tensors", async () => {
    const trace = newTrace();
    await refineOnPaper(base, options, { denoiser: halved, trace });
    expect([...trace.alive]).toEqual([trace.prompt.tensors.memory]);
    // And again, as for the next doubling: the prompt is still good.
    await refineOnPaper(base, options, { denoiser: halved, trace });
    expect([...trace.alive]).toEqual([trace.prompt.tensors.memory]);
  });

  it.each([1, 2, 5, 12, 20])('stops at checkpoint %i when cancelled there, and frees everything', async (cancelAt) => {
    const trace = newTrace();
    const onCheckpoint = (count: number) => {
      if (count === cancelAt) throw new DOMException('Cancelled.', 'AbortError');
      expect(count).toBeLessThan(cancelAt);
    };
    const refining = refineOnPaper(base, options, { denoiser: halved, trace, onCheckpoint });
    await expect(refining).rejects.toThrow('Cancelled.');
    expect([...trace.alive]).toEqual([trace.prompt.tensors.memory]);
    expect(trace.fractions.length).toBeLessThan(cancelAt);
  });

  it('frees everything when the model fails', async () => {
    const trace = newTrace();
    let calls = 0;
    const failing = (window: Latent) => {
      if (++calls === 8) throw new Error('No.');
      return halved(window);
    };
    await expect(refineOnPaper(base, options, { denoiser: failing, trace })).rejects.toThrow('No.');
    expect([...trace.alive]).toEqual([trace.prompt.tensors.memory]);
  });
});

describe('three things', () => {
  const grid = { channels: 2, height: 32, width: 32 };
  const places = [
    { y: 8, x: 9, radius: 2.5 },
    { y: 20, x: 24, radius: 2.5 },
    { y: 25, x: 8, radius: 2.5 },
  ];
  const picture: Latent = { shape: grid, values: drawThings(grid, places) };
  const refinedGrid = { channels: 2, height: 64, width: 64 };
  const enlarged = enlargeLatent(picture.values, grid);
  const wanted: RefineOptions = { steps: 10, tileCells: 32, overlapCells: 8, gridMultiple: 2 };

  /** Under a model that draws a thing of its own into the middle of each of the nine windows. */
  async function refineThings(change: Partial<RefineOptions>, radius: number) {
    const denoiser = ({ values, shape: { height, width }, shape: window }: Latent, sigma: number) => {
      const thing = drawThings(window, [{ y: height / 2, x: width / 2, radius }]);
      return bestGuess(values, thing, sigma);
    };
    const refined = await refineOnPaper(picture, { ...wanted, ...change }, { denoiser });
    const fromAfar = (values: Float32Array) => lowFrequencies(values, refinedGrid, 8);
    return {
      count: countThings(refined, refinedGrid),
      likeness: correlation(fromAfar(refined), fromAfar(enlarged)),
    };
  }

  it('are three to begin with', () => {
    expect(countThings(enlarged, refinedGrid)).toBe(3);
  });

  it('become one in each window when all is drawn anew and nothing is kept', async () => {
    const { count, likeness } = await refineThings({ strength: 1, keptCells: null }, 5);
    expect(count).toBe(9);
    expect(likeness).toBeLessThan(0.5);
  });

  it('become more even at strength 0.3 when nothing is kept', async () => {
    const { count, likeness } = await refineThings({ strength: 0.3, keptCells: null }, 5);
    expect(count).toBeGreaterThan(3);
    expect(likeness).toBeLessThan(0.9);
  });

  it.each([5, 3, 2, 1.5, 1])(
    'stay three as refinement does it, whatever the size of what the model adds: %d cells',
    async (radius) => {
      const { count, likeness } = await refineThings({}, radius);
      expect(count).toBe(3);
      expect(likeness).toBeGreaterThan(0.99);
    },
  );
});

/** The best denoiser that a model can be whose pictures are all `wanted` with normal noise of this deviation on it. */
const SPREAD = 0.3;
function bestGuess(noisy: Float32Array, wanted: Float32Array, sigma: number): Float32Array {
  const gain = (SPREAD ** 2 * (1 - sigma)) / ((SPREAD * (1 - sigma)) ** 2 + sigma ** 2);
  return noisy.map((value, i) => (wanted[i] ?? 0) + gain * (value - (1 - sigma) * (wanted[i] ?? 0)));
}

/** Not the same at every place of a window, so that the windows show. */
function drawsAnEdge({ values, shape }: Latent): Float32Array {
  return values.map((value, i) => value / 2 + Math.sign((i % shape.width) - 5));
}

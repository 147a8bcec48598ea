import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enlargeLatent } from '../../../src/diffusion/enlargeLatent';
import { anyLatent, largestDifference } from './latents';

describe('an enlarged latent', () => {
  it('has four cells for one, and a constant stays itself', () => {
    fc.assert(
      fc.property(anyLatent({ maxCells: 24 }), ({ shape, values }) => {
        const flat = values.map(() => -1.5);
        expect(
          largestDifference(enlargeLatent(flat, shape), new Float32Array(4 * flat.length).fill(-1.5)),
        ).toBeLessThan(1e-6);
      }),
    );
  });

  it('leaves things where they are: a slope stays the slope', () => {
    const shape = { channels: 1, height: 8, width: 10 };
    const slope = Float32Array.from({ length: 80 }, (_, i) => 3 * ((i % 10) + 0.5) - 2 * (Math.floor(i / 10) + 0.5));
    const enlarged = enlargeLatent(slope, shape);
    for (let y = 4; y < 12; y++) {
      for (let x = 4; x < 16; x++) expect(enlarged[y * 20 + x]).toBeCloseTo((3 * (x + 0.5) - 2 * (y + 0.5)) / 2, 5);
    }
  });

  it('keeps 94 % of a wave of four cells', () => {
    const wave = Float32Array.from({ length: 160 }, (_, i) => Math.SQRT2 * Math.cos((Math.PI * (i % 80)) / 2));
    const enlarged = enlargeLatent(wave, { channels: 1, height: 2, width: 80 });
    const along = Array.from(enlarged.subarray(8, 152));
    const part = (of: (angle: number) => number) =>
      along.reduce((sum, value, i) => sum + value * of((Math.PI * (i + 8 - 0.5)) / 4), 0) / along.length;
    expect(Math.SQRT2 * Math.hypot(part(Math.cos), part(Math.sin))).toBeCloseTo(0.939, 2);
  });
});

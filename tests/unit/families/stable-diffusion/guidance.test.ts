import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLatent } from '../../../../src/families/stable-diffusion/guidance';

const values = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 8 });
const sigmas = fc.double({ min: 0.03, max: 15, noNaN: true });
const scales = fc.double({ min: 0, max: 12, noNaN: true });

interface Mixed {
  readonly clean: readonly number[];
  readonly noise: readonly number[];
  readonly sigma: number;
}

/** A latent of known parts: as many of noise as of the clean one. */
const mixed: fc.Arbitrary<Mixed> = fc
  .tuple(values, sigmas)
  .map(([both, sigma]) => ({ clean: both, noise: both.map((value) => Math.sin(17 * value) * 2), sigma }));

const noisyOf = ({ clean, noise, sigma }: Mixed) =>
  Float32Array.from(clean, (value, i) => value + sigma * (noise[i] ?? 0));

/** alpha noise - deviation clean, of the latent scaled to deviation 1. */
const velocityOf = ({ clean, noise, sigma }: Mixed) => {
  const alpha = 1 / Math.sqrt(sigma ** 2 + 1);
  return Float32Array.from(clean, (value, i) => alpha * (noise[i] ?? 0) - alpha * sigma * value);
};

function expectNear(actual: Float32Array, expected: ArrayLike<number>, slack: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of actual.entries()) expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThan(slack);
}

describe('cleanLatent', () => {
  test('finds the clean latent when the noise is predicted without a mistake', () => {
    fc.assert(
      fc.property(mixed, (parts) => {
        const predictions = [Float32Array.from(parts.noise)];
        const guess = { noisy: noisyOf(parts), sigma: parts.sigma, predictions, guidance: 1 };
        expectNear(cleanLatent({ ...guess, prediction: 'epsilon' }), parts.clean, 1e-4);
      }),
    );
  });

  test('finds the clean latent when the velocity is predicted without a mistake', () => {
    fc.assert(
      fc.property(mixed, (parts) => {
        const guess = { noisy: noisyOf(parts), sigma: parts.sigma, predictions: [velocityOf(parts)], guidance: 1 };
        expectNear(cleanLatent({ ...guess, prediction: 'v_prediction' }), parts.clean, 1e-4);
      }),
    );
  });

  test.each(['epsilon', 'v_prediction'] as const)('guides along the line between two guesses, %s', (prediction) => {
    fc.assert(
      fc.property(mixed, scales, (parts, guidance) => {
        const noisy = noisyOf(parts);
        const [towards, from] = [Float32Array.from(parts.noise), velocityOf(parts)];
        const alone = (guess: Float32Array) =>
          cleanLatent({ noisy, sigma: parts.sigma, predictions: [guess], guidance: 1, prediction });
        const [to, away] = [alone(towards), alone(from)];
        const guided = cleanLatent({ noisy, sigma: parts.sigma, predictions: [towards, from], guidance, prediction });
        const expected = Array.from(to, (value, i) => (away[i] ?? 0) + guidance * (value - (away[i] ?? 0)));
        expectNear(guided, expected, 1e-2);
      }),
    );
  });

  test('guides nowhere when both guesses are one', () => {
    fc.assert(
      fc.property(mixed, scales, (parts, guidance) => {
        const noise = Float32Array.from(parts.noise);
        const guess = { noisy: noisyOf(parts), sigma: parts.sigma, predictions: [noise, noise], guidance };
        expectNear(cleanLatent({ ...guess, prediction: 'epsilon' }), parts.clean, 1e-3);
      }),
    );
  });
});

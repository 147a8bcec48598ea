import { expect, test } from 'vitest';
import { enlargeBicubic, fineEnergy, gradientEnergies } from '../../../bench/tiles/pixels.mjs';

function picture(width: number, height: number, value: (x: number, y: number) => number) {
  const values = Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));
  return { width, height, values };
}

test('gradient energies tell where a picture has an edge', () => {
  const edge = picture(4, 3, (x) => (x < 2 ? 0 : 5));
  expect(gradientEnergies(edge)).toEqual({ columns: [0, 0, 75, 0], rows: [0, 0, 0] });
});

test('a plain slope has no fine detail, a checkerboard is all of it', () => {
  expect(fineEnergy(picture(8, 8, (x, y) => 2 * x + 3 * y))).toBe(0);
  expect(fineEnergy(picture(8, 8, (x, y) => (x + y) % 2))).toBe(16);
});

test('bicubic enlargement keeps a slope a slope', () => {
  const { width, height, values } = enlargeBicubic(
    picture(8, 6, (x, y) => x + 10 * y),
    2,
  );
  expect([width, height]).toEqual([16, 12]);
  // Away from the borders, which repeat: pixel (x, y) lies at ((x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5).
  expect(values[5 * width + 7]).toBeCloseTo(3.25 + 10 * 2.25, 4);
  expect(values[6 * width + 8]).toBeCloseTo(3.75 + 10 * 2.75, 4);
});

test('bicubic enlargement invents no fine detail in a constant picture', () => {
  const { values } = enlargeBicubic(
    picture(5, 5, () => 9),
    4,
  );
  expect(values.every((value) => Math.abs(value - 9) < 1e-4)).toBe(true);
});

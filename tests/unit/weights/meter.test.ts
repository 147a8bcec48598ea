import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Meter, type WeightsProgress } from '../../../src/weights/meter';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A chunk arrives in parts, is lost a few times on the way, and is verified in the end. */
const chunks = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 1000 }), partsSeen: fc.array(fc.nat(1000), { maxLength: 5 }) }),
  { minLength: 1, maxLength: 20 },
);

it('never goes back, keeps its total and ends there, whatever is lost on the way', () => {
  fc.assert(
    fc.property(chunks, (arriving) => {
      const told: WeightsProgress[] = [];
      const total = arriving.reduce((sum, { size }) => sum + size, 0);
      const meter = new Meter(total, (progress) => told.push(progress));
      for (const { size, partsSeen } of arriving) {
        for (const part of partsSeen) {
          vi.advanceTimersByTime(1000);
          meter.arriving(Math.min(part, size), 'network');
        }
        meter.verified(size, 'network');
      }
      const loaded = told.map(({ loadedBytes }) => loadedBytes);
      expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
      expect(told.every(({ totalBytes }) => totalBytes === total)).toBe(true);
      expect(loaded.at(-1)).toBe(total);
    }),
  );
});

it('does not tell every little piece', () => {
  const told: WeightsProgress[] = [];
  const meter = new Meter(1000, (progress) => told.push(progress));
  for (let bytes = 1; bytes <= 1000; bytes++) {
    vi.advanceTimersByTime(1);
    meter.arriving(bytes, 'network');
  }
  expect(told.length).toBeGreaterThanOrEqual(9);
  expect(told.length).toBeLessThanOrEqual(11);
});

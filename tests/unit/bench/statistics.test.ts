import { expect, test } from 'vitest';
import { median, pairedRatio } from '../../../bench/statistics.mjs';

test.each([
  [[3], 3],
  [[9, 1, 2], 2],
  [[10, 9, 1, 2], 5.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('there is no median of nothing', () => {
  expect(() => median([])).toThrow(RangeError);
});

test('a ratio taken in pairs does not see that the machine became slower', () => {
  expect(pairedRatio([2, 20, 200], [1, 10, 100])).toBe(2);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Received } from '../../../src/hosted/answer';
import { DEFAULT_POLICY, pauseMs } from '../../../src/hosted/retry';

const received = (change: Partial<Received> = {}): Received => ({
  status: 429,
  body: null,
  headers: {},
  isOfContract: true,
  shouldRetry: null,
  ...change,
});

const wishing = (seconds: string) => received({ headers: { 'retry-after': seconds } });

test.each([
  ['1', 1000],
  ['60', 60_000],
  ['61', null],
])('a wish for %s seconds is a pause of %s ms', (seconds, expected) => {
  expect(pauseMs(wishing(seconds), 1, DEFAULT_POLICY)).toBe(expected);
});

test.each(['0', '-5', 'soon', 'Wed, 21 Oct 2026 07:28:00 GMT', ''])('a wish of %j is none', (seconds) => {
  const pause = pauseMs(wishing(seconds), 1, DEFAULT_POLICY);
  expect(pause).toBeGreaterThanOrEqual(750);
  expect(pause).toBeLessThanOrEqual(1000);
});

test('pauses double, are shortened by chance, and stay below the longest', () => {
  const policy = { ...DEFAULT_POLICY, tries: 20 };
  const property = fc.property(fc.integer({ min: 1, max: 19 }), (tries) => {
    const full = Math.min(1000 * 2 ** (tries - 1), 10_000);
    const pause = pauseMs(received(), tries, policy) ?? -1;
    expect(pause).toBeGreaterThanOrEqual(0.75 * full);
    expect(pause).toBeLessThanOrEqual(full);
  });
  fc.assert(property);
});

test('no pause follows the last try', () => {
  expect(pauseMs(received(), DEFAULT_POLICY.tries, DEFAULT_POLICY)).toBeNull();
  expect(pauseMs(received({ shouldRetry: true }), DEFAULT_POLICY.tries, DEFAULT_POLICY)).toBeNull();
});

test('a picture that was made is never made again, whatever the service wishes', () => {
  expect(pauseMs(received({ status: 200, shouldRetry: true }), 1, DEFAULT_POLICY)).toBeNull();
});

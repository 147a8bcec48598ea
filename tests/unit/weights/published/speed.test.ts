import { describe, expect, test } from 'vitest';
import { Speedometer } from '../../../../src/weights/published/speed';

function speedOf(...samples: readonly (readonly [bytes: number, atMs: number])[]): Speedometer {
  const speed = new Speedometer();
  for (const [bytes, atMs] of samples) speed.add(bytes, atMs);
  return speed;
}

describe('the speed of a download', () => {
  test('is not told before there is something to tell it from', () => {
    expect(speedOf().bytesPerSecond).toBeNull();
    expect(speedOf([0, 0]).bytesPerSecond).toBeNull();
    expect(speedOf([0, 0], [9000, 100]).bytesPerSecond).toBeNull();
    expect(speedOf().secondsLeft(9000)).toBeNull();
  });

  test('is what came over the time it took, and tells when the rest will be here', () => {
    const speed = speedOf([1000, 0], [2000, 500], [4000, 2000]);
    expect(speed.bytesPerSecond).toBe(1500);
    expect(speed.secondsLeft(10_000)).toBe(4);
    expect(speed.secondsLeft(4000)).toBe(0);
    expect(speed.secondsLeft(null)).toBeNull();
  });

  test('forgets what is long ago: a line that got faster', () => {
    const slow = Array.from({ length: 10 }, (_, second) => [second * 10, second * 1000] as const);
    const fast = Array.from({ length: 10 }, (_, second) => [100 + second * 1000, 10_000 + second * 1000] as const);
    expect(speedOf(...slow, ...fast).bytesPerSecond).toBe(1000);
  });

  test('of a line that stands still leaves the end open', () => {
    expect(speedOf([5000, 0], [5000, 5000]).secondsLeft(9000)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { refuseNonFinite, SpreadCheck } from '../../../../src/runtime/canvas/checks';

const badOutput = expect.objectContaining({ code: 'bad_output' });

describe('refuseNonFinite', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (value) => {
    expect(() => refuseNonFinite(Float32Array.of(0, value))).toThrowError(badOutput);
  });
});

describe('SpreadCheck', () => {
  const grey = (pixels: number) => new Uint8ClampedArray(4 * pixels).fill(128);

  it('refuses a picture of one colour, a rippled one too', () => {
    const check = new SpreadCheck();
    const rippled = grey(64);
    rippled[50] = 130;
    check.add(grey(64));
    check.add(rippled);
    expect(() => check.refuseConstant()).toThrowError(badOutput);
  });

  it('accepts one whose only other pixel comes in a later part', () => {
    const check = new SpreadCheck();
    const last = grey(64);
    last[200] = 10;
    for (const part of [grey(64), grey(64), last]) check.add(part);
    expect(() => check.refuseConstant()).not.toThrow();
  });
});

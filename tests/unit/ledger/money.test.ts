import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountOf, isLess, isMoney, isZero, minus, plus, sum, times } from '../../../src/ledger/money';

/** Amounts as whole numbers of a millionth of a dollar, which integers do exactly. */
const millionths = fc.bigInt({ min: 0n, max: 10n ** 15n });

function textOf(amount: bigint): string {
  const digits = amount.toString().padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

const canonical = (amount: bigint): string => amountOf(textOf(amount));

describe('money', () => {
  test('is exact where floats are not', () => {
    expect(plus('0.10', '0.20')).toBe('0.30');
    expect(times('0.04', 3)).toBe('0.12');
    expect(minus('10.00', '0.04')).toBe('9.96');
    expect(times('0.0000001', 3)).toBe('0.0000003');
  });

  test('adds, takes away and compares as integers do', () => {
    fc.assert(
      fc.property(millionths, millionths, (a, b) => {
        expect(plus(canonical(a), canonical(b))).toBe(canonical(a + b));
        expect(minus(plus(canonical(a), canonical(b)), canonical(b))).toBe(canonical(a));
        expect(isLess(canonical(a), canonical(b))).toBe(a < b);
      }),
    );
  });

  test('multiplies a price as integers do', () => {
    fc.assert(
      fc.property(millionths, fc.nat(1_000_000), (price, quantity) => {
        expect(times(textOf(price), quantity)).toBe(canonical(price * BigInt(quantity)));
      }),
    );
  });

  test('sums to the same in any order', () => {
    const shuffled = fc
      .array(millionths, { maxLength: 20 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const total = sum(all.map(canonical));
        expect(total).toBe(sum(other.map(canonical)));
        expect(total).toBe(canonical(all.reduce((a, b) => a + b, 0n)));
      }),
    );
  });

  test('is written in one way only: no exponent, two decimals or more, no zeros beyond', () => {
    fc.assert(
      fc.property(
        fc.oneof(millionths.map(textOf), fc.double({ min: 1e-9, max: 1e9, noNaN: true }).map(String)),
        (text) => {
          const amount = amountOf(text);
          expect(amount).toMatch(/^(0|[1-9]\d*)\.\d\d(\d*[1-9])?$/);
          expect(Number(amount)).toBe(Math.abs(Number(text)));
          expect(amountOf(amount)).toBe(amount);
          expect(isMoney(amount)).toBe(true);
        },
      ),
    );
  });

  test('knows zero in all its spellings', () => {
    expect(['0', '0.00', '-0', '0e5'].map((text) => isZero(amountOf(text)))).toEqual([true, true, true, true]);
  });

  test.each(['', ' 1', '1,5', '$1', 'NaN', 'Infinity', '0x10', '-0.01', '1e400', '1e-400', '1'.repeat(40)])(
    'is not %j',
    (text) => {
      expect(() => amountOf(text)).toThrowError(expect.objectContaining({ code: 'invalid_parameter' }));
    },
  );

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('does not multiply by %d', (quantity) => {
    expect(() => times('0.04', quantity)).toThrowError(expect.objectContaining({ code: 'invalid_parameter' }));
  });
});

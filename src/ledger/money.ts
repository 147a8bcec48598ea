/** Money as exact decimal text in USD, such as `0.04`: never a float, never an exponent, at least two decimals. */
import Big from 'big.js';
import { ApiError } from '../api/errors';

/** Far beyond any price; they keep a hostile `1e9999999` from becoming ten million digits. */
const MOST_DIGITS = 40;
const LARGEST_EXPONENT = 20;

/**
 * @example amountOf('1e-3') // '0.001'
 * @throws ApiError `invalid_parameter` for what is no amount, or is below zero
 */
export function amountOf(text: string): string {
  const value = parsed(text);
  if (value === null || value.lt(0)) throw new ApiError('invalid_parameter', `'${text}' is not an amount of money.`);
  return written(value);
}

/** Whether these functions can have written it. */
export function isMoney(text: string): boolean {
  return /^\d+\.\d{2,}$/.test(text);
}

export function plus(a: string, b: string): string {
  return written(new Big(a).plus(b));
}

export function minus(a: string, b: string): string {
  return written(new Big(a).minus(b));
}

/** @example times('0.04', 3) // '0.12' */
export function times(unitPrice: string, quantity: number): string {
  if (!Number.isSafeInteger(quantity) || quantity < 0)
    throw new ApiError('invalid_parameter', `'${quantity}' is not a number of pictures.`);
  return written(new Big(amountOf(unitPrice)).times(quantity));
}

export function sum(amounts: readonly string[]): string {
  return written(amounts.reduce((total, amount) => total.plus(amount), new Big(0)));
}

export function isLess(a: string, b: string): boolean {
  return new Big(a).lt(b);
}

export function isZero(amount: string): boolean {
  return new Big(amount).eq(0);
}

function parsed(text: string): Big | null {
  try {
    const value = new Big(text);
    return Math.abs(value.e) > LARGEST_EXPONENT || value.c.length > MOST_DIGITS ? null : value;
  } catch {
    return null;
  }
}

function written(value: Big): string {
  const decimals = Math.max(2, value.c.length - 1 - value.e);
  return value.toFixed(decimals);
}

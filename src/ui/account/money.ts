/** Money as people read it. Sums are the ledger's: here it is only shown. */

const DOLLARS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 6 });

/** @example dollars('9.96') // '$9.96' */
export function dollars(amount: string): string {
  return DOLLARS.format(Number(amount));
}

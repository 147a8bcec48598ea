/** What a picture costs, in exact decimals. Numbers appear only in the answer, where the hosted API has them. */
import Big from 'big.js';
import type { ModelCard, ModelDirectory } from './deps';
import type { Resolution } from './sizes';

/** The hosted model that this one stands in for: what a picture would have cost there. */
const HOSTED_ID = 'seedream-4-5';

export interface Usage {
  readonly billable_unit: 'image';
  readonly quantity: number;
  readonly unit_price: number;
  readonly total_cost: number;
}

/** Decimal text in USD. */
export function unitPriceOf(model: ModelCard, resolution: Resolution): string {
  const rate = model.rates.find((one) => one.resolution === resolution || one.resolution === null);
  return rate?.unitPrice ?? '0.00';
}

export function usageOf(unitPrice: string, quantity: number): Usage {
  const total = Big(unitPrice).times(quantity);
  return { billable_unit: 'image', quantity, unit_price: Number(unitPrice), total_cost: Number(total.toString()) };
}

/** Decimal text: what the same pictures would have cost in the hosted service, less what they cost here. */
export function moneyNotSpent(
  models: ModelDirectory,
  spent: { readonly unitPrice: string; readonly quantity: number },
): string {
  const hosted = models.find(HOSTED_ID)?.rates[0]?.unitPrice ?? '0';
  const saved = Big(hosted).minus(spent.unitPrice).times(spent.quantity);
  return (saved.lt(0) ? Big(0) : saved).toFixed(2);
}

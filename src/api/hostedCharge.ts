/** What the hosted service says it charged, for the ledger. */
import Big from 'big.js';
import * as v from 'valibot';
import type { Charge, HostedAnswer } from './deps';

const AnswerSchema = v.object({
  id: v.string(),
  model: v.string(),
  usage: v.object({ quantity: v.pipe(v.number(), v.minValue(0)), unit_price: v.pipe(v.number(), v.minValue(0)) }),
});

/** Null where nothing was charged, or nothing is said of it. */
export function hostedCharge({ status, body }: HostedAnswer): Charge | null {
  const result = status === 200 ? v.safeParse(AnswerSchema, body) : null;
  if (!result?.success) return null;
  const { id, model, usage } = result.output;
  const unitPrice = Big(usage.unit_price).toFixed();
  return { requestId: id, model, servedBy: 'hosted', quantity: usage.quantity, unitPrice, paidTo: 'hosted' };
}

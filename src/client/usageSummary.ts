/** What the account tells of the ledger's books. */
import type { PageLedger } from '../ledger/ledger';
import { minus, times } from '../ledger/money';
import type { LedgerEntry } from '../ledger/records';
import type { UsageEntry, UsageSummary } from './account';

/** More than a panel shows; the CSV file has all. */
const TOLD_ENTRIES = 100;

/** `hostedUnitPrice`: what the hosted service charges for a picture, as decimal text. */
export async function summaryOf(ledger: PageLedger, hostedUnitPrice: string): Promise<UsageSummary> {
  const [summary, entries] = await Promise.all([ledger.summary(), ledger.entries({ limit: TOLD_ENTRIES })]);
  const { balance, today, month, budgetLeft, local } = summary;
  const notSpent = minus(times(hostedUnitPrice, local.pictures), local.cost);
  return { balance, today, month, budgetLeft, notSpent, entries: entries.flatMap(usageOf) };
}

function usageOf(entry: LedgerEntry): readonly UsageEntry[] {
  if (entry.kind === 'credit') return [];
  const { number, atMs, model, servedBy, quantity, cost, paidTo } = entry;
  return [{ number, at: new Date(atMs), model, servedBy, quantity, cost, paidTo }];
}

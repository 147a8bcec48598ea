/** The account of this browser, made of its ledger and its keys. */
import type { ModelDirectory } from '../api/deps';
import type { PageLedger } from '../ledger/ledger';
import { minus, times } from '../ledger/money';
import type { LedgerEntry } from '../ledger/records';
import type { Account, HostedSettings, UsageEntry, UsageSummary } from './account';

/** Beyond what a panel shows; the CSV file has all. */
const TOLD_ENTRIES = 100;

/** Whose rates tell what was not spent. */
const HOSTED_MODEL = 'seedream-4-5';

export interface AccountParts {
  /** Opened when somebody asks. */
  readonly ledger: () => Promise<PageLedger>;
  readonly keys: Account['keys'];
  readonly models: ModelDirectory;
  readonly hosted: HostedSettings | null;
}

export function createAccount({ ledger, keys, models, hosted }: AccountParts): Account {
  return {
    keys,
    hosted,
    usage: async () => summaryOf(await ledger(), hostedPrice(models)),
    topUp: async () => (await ledger()).topUp(),
    costsCsv: async () => (await ledger()).csv(),
    subscribe: async (listener) => (await ledger()).subscribe(listener),
  };
}

/** What the hosted service charges for one picture. */
export function hostedPrice(models: ModelDirectory): string {
  return models.find(HOSTED_MODEL)?.rates[0]?.unitPrice ?? '0.00';
}

async function summaryOf(ledger: PageLedger, hostedUnitPrice: string): Promise<UsageSummary> {
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

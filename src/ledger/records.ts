/** What the ledger keeps. Records were written by an older version or by a fault, hence the schemas. */
import * as v from 'valibot';
import { isMoney } from './money';

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Money = v.pipe(v.string(), v.check(isMoney));
const PaidTo = v.picklist(['local', 'hosted']);

/** Money set aside for a picture being drawn. */
const HoldSchema = v.object({ id: v.string(), amount: Money, expiresAtMs: v.number() });

const AccountSchema = v.object({
  /** All credits that were ever given, and all of them that pictures took. The balance is the difference. */
  credited: Money,
  spent: Money,
  /** Entries are numbered without gaps. */
  nextEntry: Count,
  holds: v.array(HoldSchema),
});

const CreditSchema = v.object({
  kind: v.literal('credit'),
  number: Count,
  atMs: v.number(),
  amount: Money,
  reason: v.picklist(['free', 'top_up']),
});

const ChargeSchema = v.object({
  kind: v.literal('charge'),
  number: Count,
  atMs: v.number(),
  requestId: v.string(),
  model: v.string(),
  servedBy: v.string(),
  paidTo: PaidTo,
  quantity: Count,
  unitPrice: Money,
  cost: Money,
});

const EntrySchema = v.variant('kind', [CreditSchema, ChargeSchema]);

/** All pictures of a day that were asked, drawn and paid alike. */
const DayLineSchema = v.object({
  model: v.string(),
  servedBy: v.string(),
  paidTo: PaidTo,
  quantity: Count,
  cost: Money,
});

const DaySchema = v.object({ date: v.pipe(v.string(), v.isoDate()), lines: v.array(DayLineSchema) });

export type Hold = Readonly<v.InferOutput<typeof HoldSchema>>;
export type CreditEntry = Readonly<v.InferOutput<typeof CreditSchema>>;
export type ChargeEntry = Readonly<v.InferOutput<typeof ChargeSchema>>;
export type LedgerEntry = CreditEntry | ChargeEntry;
export type DayLine = Readonly<v.InferOutput<typeof DayLineSchema>>;

export interface Account {
  readonly credited: string;
  readonly spent: string;
  readonly nextEntry: number;
  readonly holds: readonly Hold[];
}

export interface Day {
  readonly date: string;
  readonly lines: readonly DayLine[];
}

/** An account that makes no sense counts as missing: a new one begins, and the costs of the days stay. */
export function readAccount(record: unknown): Account | null {
  return v.is(AccountSchema, record) ? record : null;
}

export function readDays(records: readonly unknown[]): readonly Day[] {
  return records.filter((record) => v.is(DaySchema, record));
}

export function readEntries(records: readonly unknown[]): readonly LedgerEntry[] {
  return records.filter((record) => v.is(EntrySchema, record));
}

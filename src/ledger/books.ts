/** What each event does to the books. Pure: the store runs these inside one transaction. */
import type { Charge } from '../api/deps';
import { dateOf } from './calendar';
import { amountOf, minus, plus, sum, times } from './money';
import type { Account, ChargeEntry, CreditEntry, Day, DayLine, Hold, LedgerEntry } from './records';

export interface Books {
  readonly account: Account;
  /** The days of the current month on which pictures were drawn. */
  readonly days: readonly Day[];
  /** Not yet written. */
  readonly fresh: readonly LedgerEntry[];
}

interface Stored {
  readonly account: Account | null;
  readonly days: readonly Day[];
}

/** The books as they stand: new ones begin with free credits, and what crashed tabs had set aside is free again. */
export function openedBooks(
  { account, days }: Stored,
  { freeCreditsUsd, nowMs }: { readonly freeCreditsUsd: string; readonly nowMs: number },
): Books {
  if (!account) {
    const fresh: Account = { credited: '0.00', spent: '0.00', nextEntry: 0, holds: [] };
    return credited({ account: fresh, days, fresh: [] }, { amount: freeCreditsUsd, reason: 'free', atMs: nowMs });
  }
  const holds = account.holds.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  return { account: { ...account, holds }, days, fresh: [] };
}

export function balanceOf({ credited, spent }: Account): string {
  return minus(credited, spent);
}

export function heldIn({ holds }: Account): string {
  return sum(holds.map(({ amount }) => amount));
}

export function credited(books: Books, credit: Pick<CreditEntry, 'amount' | 'reason' | 'atMs'>): Books {
  const amount = amountOf(credit.amount);
  const account = { ...books.account, credited: plus(books.account.credited, amount) };
  return written({ ...books, account }, { kind: 'credit', number: account.nextEntry, ...credit, amount });
}

export function held(books: Books, hold: Hold): Books {
  return withHolds(books, [...books.account.holds, hold]);
}

export function released(books: Books, holdId: string): Books {
  return withHolds(
    books,
    books.account.holds.filter(({ id }) => id !== holdId),
  );
}

export function renewed(books: Books, holdIds: ReadonlySet<string>, expiresAtMs: number): Books {
  return withHolds(
    books,
    books.account.holds.map((hold) => (holdIds.has(hold.id) ? { ...hold, expiresAtMs } : hold)),
  );
}

/** The work was done: it is charged even when the balance has sunk below it in the meantime. */
export function charged(books: Books, charge: Charge, atMs: number): Books {
  const { requestId, model, servedBy, paidTo, quantity } = charge;
  const cost = times(charge.unitPrice, quantity);
  const unitPrice = amountOf(charge.unitPrice);
  const { account } = books;
  const spent = paidTo === 'local' ? plus(account.spent, cost) : account.spent;
  const number = account.nextEntry;
  const entry: ChargeEntry = {
    ...{ kind: 'charge', number, atMs, requestId, model, servedBy, paidTo, quantity, unitPrice, cost },
  };
  return written({ ...books, account: { ...account, spent }, days: withCharge(books.days, entry) }, entry);
}

/** What the entries do not tell: the sums of the days without them. For days whose older entries are gone. */
export function withoutEntries(days: readonly Day[], entries: readonly LedgerEntry[]): readonly Day[] {
  return days.flatMap((day) => {
    const told = entries.filter((entry) => entry.kind === 'charge' && dateOf(entry.atMs) === day.date) as ChargeEntry[];
    const lines = day.lines
      .map((line) => {
        const alike = told.filter((entry) => isAlike(entry, line));
        const quantity = alike.reduce((rest, entry) => rest - entry.quantity, line.quantity);
        return { ...line, quantity, cost: minus(line.cost, sum(alike.map(({ cost }) => cost))) };
      })
      .filter(({ quantity }) => quantity > 0);
    return lines.length === 0 ? [] : [{ date: day.date, lines }];
  });
}

function written(books: Books, entry: LedgerEntry): Books {
  const account = { ...books.account, nextEntry: entry.number + 1 };
  return { ...books, account, fresh: [...books.fresh, entry] };
}

function withHolds(books: Books, holds: readonly Hold[]): Books {
  return { ...books, account: { ...books.account, holds } };
}

function withCharge(days: readonly Day[], entry: ChargeEntry): readonly Day[] {
  const date = dateOf(entry.atMs);
  const day = days.find((each) => each.date === date) ?? { date, lines: [] };
  const { model, servedBy, paidTo } = entry;
  const before = day.lines.find((line) => isAlike(entry, line)) ?? {
    model,
    servedBy,
    paidTo,
    quantity: 0,
    cost: '0.00',
  };
  const after: DayLine = {
    ...before,
    quantity: before.quantity + entry.quantity,
    cost: plus(before.cost, entry.cost),
  };
  const lines = [...day.lines.filter((line) => line !== before), after];
  return [...days.filter((each) => each !== day), { date, lines }];
}

function isAlike(entry: ChargeEntry, line: DayLine): boolean {
  return entry.model === line.model && entry.servedBy === line.servedBy && entry.paidTo === line.paidTo;
}

/** The books in IndexedDB: the account, one record a day, one record an entry. */
import { promisifyRequest } from 'idb-keyval';
import { reopeningStore } from '../storage/reopeningStore';
import type { Books } from './books';
import { type Account, type Day, type LedgerEntry, readAccount, readDays, readEntries } from './records';

/**
 * Entries are kept for the list and the file of single pictures; the costs are in the days as well, which are kept for
 * ever (a few hundred bytes each). So the journal is bounded and no cost is lost when an entry goes.
 */
export const KEPT_ENTRIES = 2000;

export interface Query {
  /** First and last date, both included. */
  readonly days?: readonly [string, string];
  /** The newest `limit` entries below the number `before`. */
  readonly entries?: { readonly before?: number | undefined; readonly limit: number };
}

export interface Page {
  readonly account: Account | null;
  /** In order of date. */
  readonly days: readonly Day[];
  /** Oldest first. */
  readonly entries: readonly LedgerEntry[];
}

export interface LedgerStore {
  read(query: Query): Promise<Page>;
  /**
   * Reads the account and the days of the month (`YYYY-MM`), and writes what `change` makes of them, all in one
   * transaction: two tabs come one after the other, a crash leaves all or nothing, and a throw of `change` changes nothing.
   */
  commit(month: string, change: (stored: Pick<Page, 'account' | 'days'>) => Books): Promise<Books>;
}

/** First and last number, both included; the last is the smaller one when there is none. */
export function numbersOf({ before, limit }: NonNullable<Query['entries']>, { nextEntry }: Account): [number, number] {
  const end = Math.min(before ?? nextEntry, nextEntry);
  return [Math.max(0, end - limit), end - 1];
}

const ACCOUNT = ['account'];

export function openLedgerStore(): LedgerStore {
  const use = reopeningStore('tessera-ledger');
  return {
    read: (query) =>
      use('readonly', async (table) => {
        const [record, days] = await Promise.all([account(table), daysIn(table, query.days)]);
        return { account: record, days, entries: await entriesOf(table, query.entries, record) };
      }),
    commit: (month, change) =>
      use('readwrite', async (table) => {
        const [record, days] = await Promise.all([account(table), daysIn(table, [`${month}-01`, `${month}-31`])]);
        const books = change({ account: record, days });
        write(table, books, days);
        await promisifyRequest(table.transaction);
        return books;
      }),
  };
}

function write(table: IDBObjectStore, { account, days, fresh }: Books, before: readonly Day[]): void {
  table.put(account, ACCOUNT);
  for (const day of days) if (!before.includes(day)) table.put(day, ['day', day.date]);
  if (fresh.length === 0) return;
  for (const entry of fresh) table.put(entry, ['entry', entry.number]);
  const oldest = account.nextEntry - KEPT_ENTRIES;
  if (oldest > 0) table.delete(IDBKeyRange.bound(['entry', 0], ['entry', oldest - 1]));
}

async function account(table: IDBObjectStore): Promise<Account | null> {
  return readAccount(await promisifyRequest(table.get(ACCOUNT)));
}

async function daysIn(table: IDBObjectStore, span: Query['days']): Promise<readonly Day[]> {
  if (!span) return [];
  const [first, last] = span;
  return readDays(await promisifyRequest(table.getAll(IDBKeyRange.bound(['day', first], ['day', last]))));
}

async function entriesOf(table: IDBObjectStore, query: Query['entries'], account: Account | null) {
  if (!query || !account) return [];
  const [first, last] = numbersOf(query, account);
  // A range that ends before it begins throws.
  if (last < first) return [];
  return readEntries(await promisifyRequest(table.getAll(IDBKeyRange.bound(['entry', first], ['entry', last]))));
}

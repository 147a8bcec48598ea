/** The last resort where nothing can be stored: the books live as long as the page. */
import { KEPT_ENTRIES, type LedgerStore, numbersOf } from './ledgerStore';
import type { Account, Day, LedgerEntry } from './records';

/** Begins with the account as it was last seen on the disk, if it was. Its days and entries stay where they were. */
export function memoryLedgerStore(seen: Account | null): LedgerStore {
  let account = seen;
  const days = new Map<string, Day>();
  let entries: LedgerEntry[] = [];
  const daysIn = (first: string, last: string) =>
    [...days.values()].filter(({ date }) => first <= date && date <= last).sort((a, b) => (a.date < b.date ? -1 : 1));
  return {
    read: async (query) => {
      const [first, last] = account && query.entries ? numbersOf(query.entries, account) : [0, -1];
      return {
        account,
        days: query.days ? daysIn(...query.days) : [],
        entries: entries.filter(({ number }) => first <= number && number <= last),
      };
    },
    commit: async (month, change) => {
      const books = change({ account, days: daysIn(`${month}-01`, `${month}-31`) });
      account = books.account;
      for (const day of books.days) days.set(day.date, day);
      entries = [...entries, ...books.fresh].slice(-KEPT_ENTRIES);
      return books;
    },
  };
}

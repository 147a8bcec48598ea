/** What pictures cost, and the credits that pay for them, kept in this browser. */
import type { Charge, CostDay, Ledger, Reservation } from '../api/deps';
import { ApiError } from '../api/errors';
import { FailSafe, type FailSafeOptions } from '../storage/failSafe';
import { randomHex } from '../storage/hex';
import { type Books, balanceOf, charged, credited, held, heldIn, openedBooks, released, renewed } from './books';
import { type Budget, budgetLeft, checkFunds } from './budget';
import { dateOf, datesIn, monthOf } from './calendar';
import { Changes } from './changes';
import { csvOf } from './csv';
import { KEPT_ENTRIES, type LedgerStore, openLedgerStore, type Query } from './ledgerStore';
import { memoryLedgerStore } from './memoryLedgerStore';
import { amountOf, isZero, minus, sum, times } from './money';
import type { Account, Day, LedgerEntry } from './records';

export const FREE_CREDITS_USD = '10.00';

/** Credits of one click. */
const TOP_UP_USD = '10.00';

/**
 * Money that a tab has set aside is free again this long after the tab last said that it still lives: a crashed tab
 * holds it no longer than that. A tab that the browser froze longer may find its money spent by another one; its picture
 * is charged all the same, and the balance can then fall below zero.
 */
const HOLD_MS = 15 * 60_000;
const RENEW_EVERY_MS = 5 * 60_000;

const ALL_DAYS = ['0000-01-01', '9999-12-31'] as const;

export interface LedgerOptions extends FailSafeOptions {
  /** Set by the owner of the page. */
  readonly budget?: Budget;
  /** Milliseconds since the epoch. */
  readonly nowMs?: () => number;
}

export interface LedgerSummary {
  readonly balance: string;
  /** The balance without what is set aside for pictures being drawn. */
  readonly available: string;
  /** What the tightest budget leaves; null without one. */
  readonly budgetLeft: string | null;
  /** Costs of the day and the month so far (UTC), the hosted service included. */
  readonly today: string;
  readonly month: string;
  /** Since the beginning. */
  readonly local: Total;
  readonly hosted: Total;
}

export interface Total {
  readonly pictures: number;
  readonly cost: string;
}

/** The page's ledger: what the routes need, and what its owner can see and do. */
export interface PageLedger extends Ledger {
  /** True once the books are kept in memory only: storage is blocked, full or broken. */
  readonly inMemory: boolean;
  /** Adds credits: one click's worth when no amount is said. */
  topUp(amountUsd?: string): Promise<void>;
  summary(): Promise<LedgerSummary>;
  /** Newest first. The next page begins `before` the number of the last entry of this one. */
  entries(page?: { readonly before?: number; readonly limit?: number }): Promise<readonly LedgerEntry[]>;
  csv(): Promise<Blob>;
  /** Called after each change, made in this tab or another one. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** Ends the timers and the channel; the ledger must not be used after. */
  close(): void;
}

/**
 * Works in pages and workers. Two tabs share one balance, see `reopeningStore`; in memory mode each has its own.
 *
 * @throws ApiError `invalid_parameter` for a budget that is no amount
 * @example const ledger = openLedger({ budget: { limitUsd: '5.00' } });
 */
export function openLedger(options: LedgerOptions = {}): PageLedger {
  for (const limit of Object.values(options.budget ?? {})) amountOf(limit);
  return new LocalLedger(options);
}

class LocalLedger implements PageLedger {
  readonly #storage: FailSafe<LedgerStore>;
  readonly #changes = new Changes('tessera-ledger');
  readonly #openHolds = new Set<string>();
  readonly #budget: Budget;
  readonly #nowMs: () => number;
  #renewal: ReturnType<typeof setInterval> | undefined;
  /** Where memory mode goes on. */
  #lastSeen: Account | null = null;

  constructor({ budget = {}, nowMs = Date.now, onMemory, ...failSafe }: LedgerOptions) {
    this.#budget = budget;
    this.#nowMs = nowMs;
    this.#storage = new FailSafe(openLedgerStore(), () => memoryLedgerStore(this.#lastSeen), {
      ...failSafe,
      onMemory: () => {
        onMemory?.();
        this.#changes.announce();
      },
    });
  }

  get inMemory(): boolean {
    return this.#storage.inMemory;
  }

  async reserve({ unitPrice, quantity }: Parameters<Ledger['reserve']>[0]): Promise<Reservation> {
    const amount = times(unitPrice, quantity);
    // Free pictures are for everybody, whatever the balance: nothing to set aside, nothing that could be missing.
    if (isZero(amount)) return this.#reservation(null);
    const hold = { id: randomHex(16), amount, expiresAtMs: this.#nowMs() + HOLD_MS };
    await this.#commit((books, nowMs) => {
      checkFunds(books, amount, { budget: this.#budget, nowMs });
      return held(books, hold);
    });
    this.#keepHold(hold.id);
    return this.#reservation(hold.id);
  }

  async balance(): Promise<string> {
    return balanceOf((await this.#read({})).account);
  }

  async costs(span: Parameters<Ledger['costs']>[0]): Promise<{ total: string; days: readonly CostDay[] }> {
    const dates = datesIn(span);
    const { days } = await this.#read({ days: [dates[0] ?? '', dates.at(-1) ?? ''] });
    const costOn = new Map(days.map((day) => [day.date, costOf([day])]));
    return { total: costOf(days), days: dates.map((date) => ({ date, cost: costOn.get(date) ?? '0.00' })) };
  }

  async topUp(amountUsd = TOP_UP_USD): Promise<void> {
    const amount = amountOf(amountUsd);
    if (isZero(amount)) throw new ApiError('invalid_parameter', 'Nothing to add.', 'amount');
    await this.#commit((books, atMs) => credited(books, { amount, reason: 'top_up', atMs }));
    this.#changes.announce();
  }

  async summary(): Promise<LedgerSummary> {
    const nowMs = this.#nowMs();
    const today = dateOf(nowMs);
    const { account, days } = await this.#read({ days: ALL_DAYS });
    const month = days.filter(({ date }) => monthOf(date) === monthOf(today));
    const balance = balanceOf(account);
    return {
      balance,
      available: minus(balance, heldIn(account)),
      budgetLeft: budgetLeft({ account, days: month, fresh: [] }, { budget: this.#budget, nowMs }),
      today: costOf(month.filter(({ date }) => date === today)),
      month: costOf(month),
      local: totalOf(days, 'local'),
      hosted: totalOf(days, 'hosted'),
    };
  }

  async entries({ before, limit = KEPT_ENTRIES }: Parameters<PageLedger['entries']>[0] = {}) {
    const { entries } = await this.#read({ entries: { before, limit } });
    return entries.toReversed();
  }

  async csv(): Promise<Blob> {
    const text = csvOf(await this.#read({ days: ALL_DAYS, entries: { limit: KEPT_ENTRIES } }));
    return new Blob([text], { type: 'text/csv;charset=utf-8;header=present' });
  }

  subscribe(listener: () => void): () => void {
    return this.#changes.subscribe(listener);
  }

  close(): void {
    clearInterval(this.#renewal);
    this.#changes.close();
  }

  /** The first of the two calls counts, so that `release()` may stand in a `finally`. */
  #reservation(holdId: string | null): Reservation {
    let open = true;
    const once = async (change: ((books: Books, nowMs: number) => Books) | null): Promise<void> => {
      if (!open) return;
      open = false;
      if (holdId !== null) this.#dropHold(holdId);
      if (change) await this.#commit(change);
    };
    const free = (books: Books) => (holdId === null ? books : released(books, holdId));
    return {
      settle: async (charge: Charge) => {
        times(charge.unitPrice, charge.quantity);
        await once((books, nowMs) => charged(free(books), charge, nowMs));
        this.#changes.announce();
      },
      release: () => once(holdId === null ? null : free),
    };
  }

  async #commit(change: (books: Books, nowMs: number) => Books): Promise<void> {
    const nowMs = this.#nowMs();
    const month = monthOf(dateOf(nowMs));
    const { account } = await this.#storage.use((store) =>
      store.commit(month, (stored) => {
        // Seen even where a full disk then refuses what is written.
        this.#lastSeen = stored.account;
        return change(openedBooks(stored, { freeCreditsUsd: FREE_CREDITS_USD, nowMs }), nowMs);
      }),
    );
    this.#lastSeen = account;
  }

  /** Before the first change nothing is stored, and the free credits are there all the same. */
  async #read(query: Query) {
    const page = await this.#storage.use((store) => store.read(query));
    const { account } = openedBooks(page, { freeCreditsUsd: FREE_CREDITS_USD, nowMs: this.#nowMs() });
    if (page.account) this.#lastSeen = page.account;
    return { ...page, account };
  }

  #keepHold(id: string): void {
    this.#openHolds.add(id);
    this.#renewal ??= setInterval(() => void this.#renewHolds(), RENEW_EVERY_MS);
  }

  #dropHold(id: string): void {
    this.#openHolds.delete(id);
    if (this.#openHolds.size > 0) return;
    clearInterval(this.#renewal);
    this.#renewal = undefined;
  }

  async #renewHolds(): Promise<void> {
    await this.#commit((books, nowMs) => renewed(books, this.#openHolds, nowMs + HOLD_MS));
  }
}

function costOf(days: readonly Day[]): string {
  return sum(days.flatMap(({ lines }) => lines.map(({ cost }) => cost)));
}

function totalOf(days: readonly Day[], paidTo: Charge['paidTo']): Total {
  const lines = days.flatMap((day) => day.lines.filter((line) => line.paidTo === paidTo));
  return {
    pictures: lines.reduce((pictures, { quantity }) => pictures + quantity, 0),
    cost: sum(lines.map(({ cost }) => cost)),
  };
}

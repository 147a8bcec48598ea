/** Whether there is money for a picture: the balance, and the budget that the owner of the page may set. */
import { ApiError } from '../api/errors';
import { type Books, balanceOf, heldIn } from './books';
import { dateOf } from './calendar';
import { amountOf, isLess, isZero, minus, plus, sum } from './money';
import type { Day } from './records';

/**
 * Limits on what pictures may take from the balance; each one counts by itself. Pictures that the hosted service drew
 * with the user's own key are not the owner's money and do not count.
 */
export interface Budget {
  /** Over all time. */
  readonly limitUsd?: string;
  /** From midnight to midnight, UTC. */
  readonly dailyLimitUsd?: string;
  /** By the calendar month, UTC. */
  readonly monthlyLimitUsd?: string;
}

const FREE_WAY = 'Models asked for by their own name, such as pocket, cost nothing.';

interface Limit {
  readonly limitUsd: string;
  readonly spent: string;
  readonly per: string;
  readonly cure: string;
}

/** @throws ApiError `quota_exceeded` with a message that says what can be done */
export function checkFunds(books: Books, cost: string, options: { readonly budget: Budget; readonly nowMs: number }) {
  const held = heldIn(books.account);
  const balance = balanceOf(books.account);
  if (isLess(minus(balance, held), cost)) throw new ApiError('quota_exceeded', emptyMessage(balance, held, cost));
  for (const limit of limitsOf(books, options)) {
    if (isLess(limit.limitUsd, sum([limit.spent, held, cost])))
      throw new ApiError('quota_exceeded', budgetMessage(limit, held, cost));
  }
}

/** What the tightest limit leaves, running pictures included; null without a budget. */
export function budgetLeft(books: Books, options: { readonly budget: Budget; readonly nowMs: number }): string | null {
  const held = heldIn(books.account);
  const lefts = limitsOf(books, options).map(({ limitUsd, spent }) => minus(limitUsd, plus(spent, held)));
  if (lefts.length === 0) return null;
  const least = lefts.reduce((a, b) => (isLess(b, a) ? b : a));
  return isLess(least, '0') ? '0.00' : least;
}

/** The one that lasts longest comes first: its cure is the one that helps. */
function limitsOf(books: Books, { budget, nowMs }: { readonly budget: Budget; readonly nowMs: number }): Limit[] {
  const { limitUsd, dailyLimitUsd, monthlyLimitUsd } = budget;
  const today = books.days.filter(({ date }) => date === dateOf(nowMs));
  const limits: Limit[] = [];
  if (limitUsd !== undefined)
    limits.push({ limitUsd, spent: books.account.spent, per: '', cure: 'Only the owner can raise it.' });
  if (monthlyLimitUsd !== undefined)
    limits.push({
      limitUsd: monthlyLimitUsd,
      spent: spentOn(books.days),
      per: ' a month',
      cure: 'A new month begins on its first day at 0:00 UTC.',
    });
  if (dailyLimitUsd !== undefined)
    limits.push({
      limitUsd: dailyLimitUsd,
      spent: spentOn(today),
      per: ' a day',
      cure: 'A new day begins at 0:00 UTC.',
    });
  return limits;
}

function spentOn(days: readonly Day[]): string {
  return sum(days.flatMap(({ lines }) => lines.filter(({ paidTo }) => paidTo === 'local').map(({ cost }) => cost)));
}

function emptyMessage(balance: string, held: string, cost: string): string {
  const setAside = isZero(held) ? '' : `, $${held} of it set aside for pictures being drawn`;
  return `This costs $${cost} and the balance is $${balance}${setAside}. Add credits under “Usage and API” in Tessera: they are free. ${FREE_WAY}`;
}

function budgetMessage({ limitUsd, spent, per, cure }: Limit, held: string, cost: string): string {
  const used = plus(spent, held);
  return `This costs $${cost}, and of the $${amountOf(limitUsd)}${per} that the owner of this page allows $${used} are used. ${cure} ${FREE_WAY}`;
}

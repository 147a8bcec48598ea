/** Days as the bill knows them: dates in UTC, `YYYY-MM-DD`. */
import { ApiError } from '../api/errors';

const DAY_MS = 86_400_000;

/** The API allows 180 days. This only keeps a wild span from filling the memory. */
const MOST_DAYS = 3660;

export function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** @example monthOf('2026-11-23') // '2026-11' */
export function monthOf(date: string): string {
  return date.slice(0, 7);
}

/**
 * Every date that the span touches; both ends belong to it, as the hosted service has it.
 *
 * @throws ApiError `invalid_parameter` naming `start` or `end`
 */
export function datesIn({ start, end }: { readonly start: Date; readonly end: Date }): readonly string[] {
  const first = Math.floor(start.getTime() / DAY_MS);
  const last = Math.floor(end.getTime() / DAY_MS);
  if (Number.isNaN(first)) throw new ApiError('invalid_parameter', 'start must be a date.', 'start');
  if (Number.isNaN(last) || last < first)
    throw new ApiError('invalid_parameter', 'end must be a date after start.', 'end');
  if (last - first >= MOST_DAYS) throw new ApiError('invalid_parameter', 'The range is too long.', 'end');
  return Array.from({ length: last - first + 1 }, (_, day) => dateOf((first + day) * DAY_MS));
}

/** `GET /v2/billing/costs?start&end`: a span of at most 180 days, with time zones. */
import * as v from 'valibot';
import { ApiError } from './errors';

const MAX_SPAN_MS = 180 * 24 * 3600 * 1000;
const Timestamp = v.pipe(v.string(), v.isoTimestamp());

export interface Span {
  readonly start: Date;
  readonly end: Date;
}

/** @throws ApiError `parameter_missing` or `invalid_parameter` naming `start` or `end` */
export function readSpan(query: URLSearchParams): Span {
  const start = readTime(query, 'start');
  const end = readTime(query, 'end');
  if (end <= start) throw new ApiError('invalid_parameter', "'end' must be after 'start'.", 'end');
  if (end.getTime() - start.getTime() > MAX_SPAN_MS) {
    throw new ApiError('invalid_parameter', 'The span must be at most 180 days.', 'end');
  }
  return { start, end };
}

function readTime(query: URLSearchParams, name: string): Date {
  const text = query.get(name);
  if (text === null || text === '')
    throw new ApiError('parameter_missing', `The parameter '${name}' is required.`, name);
  // In a query, a plus sign that was not escaped arrives as a blank.
  const stamp = text.replace(' ', '+');
  const time = new Date(stamp);
  if (v.is(Timestamp, stamp) && !Number.isNaN(time.getTime())) return time;
  throw new ApiError(
    'invalid_parameter',
    `'${name}' must be ISO 8601 with a time zone, as 2026-11-01T00:00:00Z.`,
    name,
  );
}

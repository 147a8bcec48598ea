/**
 * When a request goes out again. The service knows no idempotency keys and charges for every picture it makes, so only a
 * request that it has certainly refused is repeated: 429, or 500 and 503 in the words of its API. A broken line, a
 * timeout, or a gateway's error page may hide a picture that was made and charged: those are told, not repeated.
 */
import type { Received } from './answer';

export interface RetryPolicy {
  /** Requests in all. */
  readonly tries: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A service that wishes a longer pause is heard by the caller instead. */
  readonly longestWishMs: number;
}

/** Pauses as in the service's own client libraries, which try six times. */
export const DEFAULT_POLICY: RetryPolicy = {
  tries: 3,
  firstPauseMs: 1000,
  longestPauseMs: 10_000,
  longestWishMs: 60_000,
};

const REFUSED_FOR_NOW = new Set([500, 503]);

/** Milliseconds until the next try after so many; null when this answer is the last. */
export function pauseMs(answer: Received, triesMade: number, policy: RetryPolicy): number | null {
  if (triesMade >= policy.tries || !isWorthAnother(answer)) return null;
  // Only the form in seconds: the date form depends on two clocks that agree.
  const wishMs = 1000 * Number.parseInt(answer.headers['retry-after'] ?? '', 10);
  if (wishMs > policy.longestWishMs) return null;
  if (wishMs > 0) return wishMs;
  const full = Math.min(policy.firstPauseMs * 2 ** (triesMade - 1), policy.longestPauseMs);
  return full * (1 - Math.random() / 4);
}

function isWorthAnother({ status, isOfContract, shouldRetry }: Received): boolean {
  if (status < 400) return false;
  return shouldRetry ?? (status === 429 || (REFUSED_FOR_NOW.has(status) && isOfContract));
}

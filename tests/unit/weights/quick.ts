import type { RetryPolicy } from '../../../src/weights/retry';

/** The patient policy, for tests that have none. */
export const QUICK: RetryPolicy = { tries: 3, firstPauseMs: 2, longestPauseMs: 10, stallMs: 150 };

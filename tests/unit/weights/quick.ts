import type { RetryPolicy } from '../../../src/weights/retry';

/** The patient policy, for tests that have little. Silence has to be long: a busy machine is silent too. */
export const QUICK: RetryPolicy = { tries: 3, firstPauseMs: 2, longestPauseMs: 10, stallMs: 4000 };

/** For tests about silence. */
export const HASTY: RetryPolicy = { ...QUICK, stallMs: 400 };

/** Lost lines: which failures are waited out, how long, and when to give up. */
import { ApiError } from '../api/errors';

export interface RetryPolicy {
  /** Failures in a row without a new chunk. */
  readonly tries: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Without a byte for this long a connection is dead. The total time has no limit while bytes move. */
  readonly stallMs: number;
}

export const PATIENT: RetryPolicy = { tries: 5, firstPauseMs: 500, longestPauseMs: 8000, stallMs: 30_000 };

/** A failure worth another try. Internal to the download: callers see the `ApiError` it ends as. */
export class Interruption extends Error {
  constructor(
    readonly reason: string,
    readonly code: 'weights_unreachable' | 'weights_damaged' = 'weights_unreachable',
    readonly retryAfterMs: number | null = null,
  ) {
    super(reason);
  }
}

export interface RetryOptions {
  /** The file, for the message. */
  readonly path: string;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
}

/** Repeats `attempt` after an `Interruption`, with growing pauses; `progressed` starts the count anew. */
export async function retrying<T>(
  attempt: (progressed: () => void) => Promise<T>,
  { path, policy, signal }: RetryOptions,
): Promise<T> {
  let failures = 0;
  const progressed = () => {
    failures = 0;
  };
  for (;;) {
    try {
      return await attempt(progressed);
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      failures += 1;
      if (failures >= policy.tries) throw givenUp(path, error);
      await sleep(pauseMs(failures, policy, error.retryAfterMs), signal);
    }
  }
}

/** Doubles each time; half of it is random, so that many tabs do not come back at once. A server's wish is a minimum. */
export function pauseMs(failures: number, policy: RetryPolicy, retryAfterMs: number | null): number {
  const full = Math.min(policy.firstPauseMs * 2 ** (failures - 1), policy.longestPauseMs);
  const jittered = full * (0.5 + Math.random() / 2);
  return Math.min(Math.max(jittered, retryAfterMs ?? 0), policy.longestPauseMs);
}

export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

const ADVICE = {
  weights_unreachable: 'Check the connection and try again; what has arrived is kept',
  weights_damaged: 'The copy on the server is not complete; try again later or tell whoever hosts this page',
};

function givenUp(path: string, { code, reason }: Interruption): ApiError {
  return new ApiError(code, `The model file ${path} could not be fetched: ${reason}. ${ADVICE[code]}.`);
}

/** Waiting that a signal can end. */
import { ApiError } from './errors';

/** Waits no longer than the signal allows; the work itself goes on, since others may wait for it too. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * The same for work that callers see: begun only while the signal is silent, and ended as they expect it.
 *
 * @throws ApiError `cancelled` at once when the signal fires
 */
export async function orCancelled<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    signal.throwIfAborted();
    return await abortable(work(), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new ApiError('cancelled', 'The request was cancelled.', null, { cause: signal.reason });
  }
}

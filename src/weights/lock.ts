/** One download at a time over all tabs of the origin. */

interface LockOptions {
  /** `tessera-weights` unless said. */
  readonly name?: string;
  readonly signal: AbortSignal;
  /** Called every few seconds while another tab has the lock, as a sign of life. */
  readonly onWaiting: () => void;
}

type LockRequest = Pick<globalThis.LockOptions, 'mode' | 'signal'>;

const BEAT_MS = 5000;

/**
 * One lock for the whole store and not one per model, because the sweep after a commit looks at all chunks. The browser
 * frees it when its tab or worker dies. Where locks are missing or forbidden (third-party frames throw `SecurityError`)
 * two tabs may download twice, which costs bytes and breaks nothing.
 */
export async function exclusively<T>(work: () => Promise<T>, options: LockOptions): Promise<T> {
  const { name = 'tessera-weights', signal, onWaiting } = options;
  const beat = setInterval(onWaiting, BEAT_MS);
  const enter = () => {
    clearInterval(beat);
    return work();
  };
  return holding(name, { signal }, enter).finally(() => clearInterval(beat));
}

/** A lock for as long as the work takes. Several may hold a shared one; an exclusive one waits for all of them. */
export async function holding<T>(name: string, options: LockRequest, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return work();
  let entered = false;
  const enter = () => {
    entered = true;
    return work();
  };
  try {
    return await locks.request(name, options, enter);
  } catch (error) {
    if (entered || options.signal?.aborted) throw error;
    return enter();
  }
}

/** Work that nobody waits for. */

/** Runs it after so long, and then when the page has nothing else to do; Safari cannot say when that is. */
export function whenIdle(afterMs: number, work: () => void): void {
  setTimeout(() => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(work);
    else work();
  }, afterMs);
}

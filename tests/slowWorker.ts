/** A weak machine, for tests: not another engine, only a slower one. */
import type { Page } from 'playwright-core';

/** The worker is busy for a while after each thing it tells. */
export async function slowDown(page: Pick<Page, 'workers'> | null, busyMs: number): Promise<void> {
  const worker = page?.workers().find((each) => each.url().includes('generate'));
  if (!worker) throw new Error('The page has no worker yet.');
  await worker.evaluate((ms) => {
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (message: unknown, transfer?: unknown) {
      post.call(this, message, (transfer ?? []) as StructuredSerializeOptions);
      const endMs = performance.now() + ms;
      while (performance.now() < endMs);
    };
  }, busyMs);
}

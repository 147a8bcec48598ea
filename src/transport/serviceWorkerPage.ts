/** The page's side of the service worker: it answers for the engine that it has. */
import { type IDraw, WHO_DRAWS } from './engineCall';
import { messagePortFrames } from './messagePort';
import { type FetchHandler, serveFetch } from './serveFetch';

export interface PageEngine {
  readonly fetch: FetchHandler;
  readonly pending: () => number;
}

/** Requests of other tabs come in over ports of their own, one for each. */
export function answerServiceWorker({ fetch, pending }: PageEngine): void {
  navigator.serviceWorker?.addEventListener('message', (event: MessageEvent<unknown>) => {
    const [answer] = event.ports;
    if (event.data !== WHO_DRAWS || !answer) return;
    const { port1, port2 } = new MessageChannel();
    serveFetch(messagePortFrames(port1), fetch);
    answer.postMessage({ pending: pending() } satisfies IDraw, [port2]);
  });
  navigator.serviceWorker?.startMessages();
}

/**
 * Registers the worker for everything below its folder. Where the browser has none, or forbids it (a private window, a
 * frame with storage blocked), the page works without: no other tab can ask it, and it does not start offline.
 */
export async function registerServiceWorker(url: string): Promise<void> {
  // A new version takes over with the next start: never under a running job.
  await navigator.serviceWorker?.register(url, { updateViaCache: 'none' }).catch(() => {});
}

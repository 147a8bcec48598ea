/** The page's side of the service worker: puts it in place, and answers for the engine that the page has. */
import { messagePortFrames } from './messagePort';
import { type FetchHandler, serveFetch } from './serveFetch';
import { claim, DOOR_VERSION, type Offer, readQuestion } from './serviceWorkerDoor';

export interface PageEngine {
  readonly fetch: FetchHandler;
  /** Jobs waiting or running. */
  readonly pending: () => number;
}

/** Requests of other tabs come in over ports of their own, one for each; also where the worker does not control this page. */
export function answerServiceWorker({ fetch, pending }: PageEngine): void {
  const workers = serviceWorkers();
  const scope = ownFolder();
  workers?.addEventListener('message', ({ data, ports: [reply] }: MessageEvent<unknown>) => {
    const question = readQuestion(data);
    if (question?.scope !== scope || !reply) return;
    const offer: Offer = { version: DOOR_VERSION, pending: pending() };
    if (question.version !== DOOR_VERSION) return reply.postMessage(offer);
    const { port1, port2 } = new MessageChannel();
    serveFetch(messagePortFrames(port1), fetch);
    reply.postMessage(offer, [port2]);
  });
  workers?.startMessages();
}

/**
 * Registers the worker for everything below its folder. Where the browser has none, or forbids it (a private window, a
 * frame with storage blocked), the page works without: no other tab can ask it, and it does not start offline.
 */
export async function registerServiceWorker(url: string): Promise<void> {
  const workers = serviceWorkers();
  if (!workers) return;
  try {
    // A newer version takes over when all pages of the old one are closed: never under a running job.
    await workers.register(url, { scope: ownFolder(), updateViaCache: 'none' });
  } catch {
    return;
  }
  const { active } = await workers.ready;
  if (!workers.controller) active?.postMessage(claim());
}

/** Pages that came over plain http from another machine have none. */
function serviceWorkers(): ServiceWorkerContainer | undefined {
  return navigator.serviceWorker;
}

function ownFolder(): string {
  return new URL('./', document.baseURI).href;
}

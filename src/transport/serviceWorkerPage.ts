/** The page's half of the service-worker carrier: puts the worker in place, and draws for those who ask through it. */
import { messagePortFrames } from './messagePort';
import { type FetchHandler, serveFetch } from './serveFetch';
import { claim, DOOR_VERSION, type Offer, readQuestion } from './serviceWorkerDoor';

export interface PageEngine {
  readonly fetch: FetchHandler;
  /** Jobs waiting or running: of several pages the busy one is asked, since the machine has one GPU. */
  readonly pending: () => number;
}

/**
 * Draws for other tabs of this deployment, whether or not the worker controls this page.
 *
 * @returns stops it; what already runs goes on
 */
export function answerServiceWorker({ fetch, pending }: PageEngine): () => void {
  // Missing over plain http from another machine, and in some private windows.
  const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  const scope = ownFolder();
  const answer = ({ data, ports: [replyPort] }: MessageEvent) => {
    const question = readQuestion(data);
    if (question?.scope !== scope || !replyPort) return;
    const offer: Offer = {
      version: DOOR_VERSION,
      pending: pending(),
      isVisible: document.visibilityState === 'visible',
    };
    if (question.version !== DOOR_VERSION) return replyPort.postMessage(offer);
    const { port1, port2 } = new MessageChannel();
    serveFetch(messagePortFrames(port1), fetch);
    replyPort.postMessage(offer, [port2]);
  };
  workers?.addEventListener('message', answer);
  workers?.startMessages();
  return () => workers?.removeEventListener('message', answer);
}

/**
 * Puts the worker in place and this page under its control. A browser that has no workers, or allows none, leaves the page
 * as it is.
 */
export async function registerServiceWorker(scriptUrl: string): Promise<void> {
  const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  if (!workers) return;
  try {
    // The worker takes over by itself only where none was before; a newer one waits until all pages of the old are closed.
    await workers.register(scriptUrl, { scope: ownFolder(), updateViaCache: 'none' });
  } catch {
    return;
  }
  const { active } = await workers.ready;
  if (!workers.controller) active?.postMessage(claim());
}

function ownFolder(): string {
  return new URL('./', document.baseURI).href;
}

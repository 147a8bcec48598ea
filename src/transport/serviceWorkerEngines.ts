/** Finds the page that has the engine, by asking. */
import { ApiError } from '../api/errors';
import { messagePortFrames } from './messagePort';
import { DOOR_VERSION, type Offer, questionFrom, readOffer } from './serviceWorkerDoor';

/** Longest wait for any page to answer; one that is starting takes its time. */
const FIRST_ANSWER_MS = 2_000;
/** How long others may take after the first: a page that draws is seldom busy for longer, a frozen one never answers. */
const OTHERS_MS = 300;

/** Clients see it again on another attempt; a page needs that long to open. */
const RETRY_AFTER_S = 5;

/** What this needs of a `WindowClient`. */
export interface PageClient {
  readonly id: string;
  readonly url: string;
  readonly visibilityState: 'visible' | 'hidden' | 'prerender';
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/** What this needs of `self.clients`. */
export interface Pages {
  matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: true }): Promise<readonly PageClient[]>;
  /** Nothing once the client is gone. */
  get(id: string): Promise<unknown>;
}

export interface Engine {
  readonly clientId: string;
  /** Speaks HTTP. */
  readonly port: MessagePort;
}

interface Candidate {
  readonly page: PageClient;
  readonly offer: Offer;
  /** Null where page and worker do not understand each other. */
  readonly port: MessagePort | null;
}

/**
 * Of all pages that draw, the one that has most to do already, since its queue keeps the order; then one that is seen.
 *
 * @throws ApiError `engine_unavailable` when no page of ours is open that draws
 */
export async function findEngine(pages: Pages, scope: string): Promise<Engine> {
  // Asked whether the worker controls it or not: after a reload past the cache it does not.
  const clients = await pages.matchAll({ type: 'window', includeUncontrolled: true });
  const candidates = await offersOf(
    clients.filter(({ url }) => isStudio(url, scope)),
    scope,
  );
  const [best, ...others] = candidates
    .flatMap(({ page, offer, port }) => (port ? [{ page, offer, port }] : []))
    .sort((a, b) => b.offer.pending - a.offer.pending || isSeen(b.page) - isSeen(a.page));
  for (const { port } of others) messagePortFrames(port).close();
  if (best) return { clientId: best.page.id, port: best.port };
  const message = candidates.some(({ offer }) => offer.version !== DOOR_VERSION)
    ? 'Tessera was updated while its pages were open. Close all of them, then open one again.'
    : 'No page of Tessera is open that could draw this. Open one and try again.';
  throw new ApiError('engine_unavailable', message, null, { retryAfterS: RETRY_AFTER_S });
}

/** Other pages have no engine, and waiting for their answer would cost every request its time. */
function isStudio(url: string, scope: string): boolean {
  const { origin, pathname } = new URL(url);
  const page = origin + pathname;
  return page.startsWith(scope) && /^(index(\.html)?)?$/.test(page.slice(scope.length));
}

function isSeen({ visibilityState }: PageClient): number {
  return visibilityState === 'visible' ? 1 : 0;
}

function offersOf(clients: readonly PageClient[], scope: string): Promise<readonly Candidate[]> {
  return new Promise((resolve) => {
    const candidates: Candidate[] = [];
    const asked = new Set<MessagePort>();
    const end = () => {
      clearTimeout(timer);
      for (const port of asked) port.close();
      resolve(candidates);
    };
    let timer = setTimeout(end, FIRST_ANSWER_MS);
    const hear = (page: PageClient, offer: Offer, port: MessagePort | null) => {
      candidates.push({ page, offer, port });
      clearTimeout(timer);
      timer = setTimeout(end, OTHERS_MS);
    };
    for (const client of clients) {
      const { port1, port2 } = new MessageChannel();
      asked.add(port1);
      port1.onmessage = ({ data, ports }: MessageEvent<unknown>) => {
        const offer = readOffer(data);
        if (offer) hear(client, offer, ports[0] ?? null);
        port1.close();
        asked.delete(port1);
        if (asked.size === 0) end();
      };
      client.postMessage(questionFrom(scope), [port2]);
    }
    if (asked.size === 0) end();
  });
}

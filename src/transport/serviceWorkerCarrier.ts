/** The service worker's side: carries a request to the page that has the engine. Nothing is remembered. */
import { ApiError } from '../api/errors';
import { fetchOver } from './fetchOver';
import { messagePortFrames } from './messagePort';
import { findEngine, type Pages } from './serviceWorkerEngines';

/** How soon it shows that somebody left. */
const LOOK_EVERY_MS = 1_000;

export interface Errand {
  readonly pages: Pages;
  readonly scope: string;
  /** The client that asks; empty for a page that is only being opened. */
  readonly askerId: string;
}

/**
 * The answer of the page, from its headers on as it comes.
 *
 * @throws ApiError `engine_unavailable` when no page draws, or the one that did is gone
 */
export async function carryToPage(request: Request, { pages, scope, askerId }: Errand): Promise<Response> {
  const { port, clientId } = await findEngine(pages, scope);
  const frames = messagePortFrames(port);
  const asking = new AbortController();
  const stopLooking = lookAfter(pages, [
    { id: clientId, onLeft: () => frames.close() },
    { id: askerId, onLeft: () => asking.abort(new DOMException('Whoever asked is gone.', 'AbortError')) },
  ]);
  const end = () => {
    stopLooking();
    frames.close();
  };
  try {
    return await fetchOver(frames, { onIdle: end })(request, { signal: asking.signal });
  } catch (error) {
    end();
    throw new ApiError('engine_unavailable', 'The page that was drawing this is gone.', null, { cause: error });
  }
}

/**
 * Browsers tell a worker neither that the other end of a port is gone (Chromium 156 fires no `close` there) nor that a
 * caller lost interest before there were headers (no `abort` on the request's signal). Looking finds closed pages at least.
 */
function lookAfter(pages: Pages, clients: readonly { readonly id: string; readonly onLeft: () => void }[]): () => void {
  const timer = setInterval(async () => {
    for (const { id, onLeft } of clients) {
      if (id !== '' && !(await pages.get(id))) onLeft();
    }
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

/** The service worker's side: finds a page that has the engine, and carries a request to it. Nothing is remembered. */
import { ApiError } from '../api/errors';
import { type IDraw, isIDraw, WHO_DRAWS } from './engineCall';
import { fetchOver } from './fetchOver';
import { messagePortFrames } from './messagePort';

/** Longest wait for any page to answer; one that is starting, or busy, takes its time. */
const FIRST_ANSWER_MS = 2_000;
/** How long others may take after the first. */
const OTHERS_MS = 50;

interface Candidate extends IDraw {
  readonly port: MessagePort;
}

/** What this needs of `self.clients`. */
export interface Pages {
  matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: true }): Promise<readonly PageClient[]>;
}

interface PageClient {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/** @throws ApiError `engine_unavailable` when no page of ours is open that draws */
export async function carryToPage(request: Request, pages: Pages): Promise<Response> {
  const port = await findEngine(pages);
  if (!port) {
    const message = 'No page of Tessera is open that could draw this. Open one and try again.';
    throw new ApiError('engine_unavailable', message, null, { retryAfterS: 5 });
  }
  const frames = messagePortFrames(port);
  const body = request.method === 'GET' || request.method === 'HEAD' ? null : await request.arrayBuffer();
  const { url, method, headers, signal } = request;
  const response = await fetchOver(frames)(url, { method, headers, body, signal }).catch((error: unknown) => {
    frames.close();
    throw new ApiError('engine_unavailable', 'The page that draws was closed.', null, { cause: error });
  });
  return closingAfter(response, () => frames.close());
}

/** Of all pages that draw, the one that has most to do already: its queue keeps the order. */
async function findEngine(pages: Pages): Promise<MessagePort | null> {
  const clients = await pages.matchAll({ type: 'window', includeUncontrolled: true });
  const candidates: Candidate[] = [];
  await new Promise<void>((resolve) => {
    const giveUp = setTimeout(resolve, clients.length > 0 ? FIRST_ANSWER_MS : 0);
    for (const client of clients) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data, ports: [port] }: MessageEvent<unknown>) => {
        port1.close();
        if (!port || !isIDraw(data)) return;
        if (candidates.length === 0) setTimeout(resolve, OTHERS_MS);
        candidates.push({ ...data, port });
        clearTimeout(giveUp);
      };
      client.postMessage(WHO_DRAWS, [port2]);
    }
  });
  const [best, ...others] = candidates.toSorted((a, b) => b.pending - a.pending);
  for (const { port } of others) messagePortFrames(port).close();
  return best?.port ?? null;
}

/** The port lives as long as the body is read. */
function closingAfter(response: Response, close: () => void): Response {
  const { status, headers } = response;
  if (!response.body) {
    close();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      close();
    },
    async cancel(reason) {
      await reader.cancel(reason).catch(() => {});
      close();
    },
  });
  return new Response(body, { status, headers });
}

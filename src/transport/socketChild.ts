/** The page's half of the socket carrier: connects back to the `npm run serve` that opened it. */
import { ApiError } from '../api/errors';
import { fetchOver } from './fetchOver';
import { type FetchHandler, serveFetch } from './serveFetch';
import { socketFrames } from './socketFrames';

/** Set by the server where it would not ask a host at all; its body says why. */
const REFUSAL_HEADER = 'x-tessera-refused';

/** What `npm run serve` tells the page that it opens: `serve.html?device=…#token`. */
export interface Errand {
  readonly device: string | null;
  /** Most that pictures may cost in all, as decimal text in USD. */
  readonly budget: string | null;
  /** Adds the credits of one click before the first request. */
  readonly topUp: boolean;
  /** Where requests for the hosted service go; null where they may not. */
  readonly hostedOrigin: string | null;
  /** Admits this page to the socket, once. */
  readonly token: string;
}

/** Null for a page that somebody opened by hand. */
export function readErrand({ search, hash }: { readonly search: string; readonly hash: string }): Errand | null {
  const settings = new URLSearchParams(search);
  const token = hash.slice(1);
  if (token === '') return null;
  return {
    device: settings.get('device'),
    budget: settings.get('budget'),
    topUp: settings.has('top-up'),
    hostedOrigin: settings.get('hosted'),
    token,
  };
}

/**
 * A `fetch` for what is beyond this machine: the server asks for us, and keeps to hosts of the public internet.
 * Rejects with `invalid_parameter` for all others.
 */
export async function openOutside(token: string): Promise<(url: string, init: RequestInit) => Promise<Response>> {
  const outside = fetchOver(socketFrames(await openSocket('asks', token)));
  return async (url, init) => {
    const response = await outside(url, init);
    if (!response.headers.has(REFUSAL_HEADER)) return response;
    throw new ApiError('invalid_parameter', await response.text());
  };
}

/** From now on requests arrive. */
export async function answerServer(token: string, fetch: FetchHandler): Promise<void> {
  serveFetch(socketFrames(await openSocket('answers', token)), fetch, { maxOpenRequests: MAX_OPEN_REQUESTS });
}

/** As many as the server lets through (tools/serve/door.mjs). */
const MAX_OPEN_REQUESTS = 1024;

function openSocket(role: 'answers' | 'asks', token: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${location.host}/?${new URLSearchParams({ role, token })}`);
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(socket);
    socket.onclose = () => reject(new ApiError('engine_unavailable', 'The server does not know this page.'));
  });
}

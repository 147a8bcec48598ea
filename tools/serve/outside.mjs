/** What the page may reach beyond this machine, and only through here: reference pictures, and the hosted service with its key. */
import { Refused } from './reference.mjs';

/** Marks an answer of ours, as opposed to one of a foreign host. The page turns it into an error of the request. */
const REFUSAL_HEADER = 'x-tessera-refused';

/**
 * @typedef {object} HostedAccess
 * @property {string} origin
 * @property {string} key added here, so that no page ever sees it
 */

/**
 * @param {{ fetchReference: (url: string, signal: AbortSignal) => Promise<Response>, hosted: HostedAccess | null }} options
 * @returns {(request: Request) => Promise<Response>}
 */
export function createOutside({ fetchReference, hosted }) {
  return async (request) => {
    if (hosted && new URL(request.url).origin === hosted.origin) return askHosted(request, hosted);
    if (request.method !== 'GET') return refusal('Only reference images are fetched from other hosts.');
    try {
      return await fetchReference(request.url, request.signal);
    } catch (error) {
      if (error instanceof Refused) return refusal(error.message);
      throw error;
    }
  };
}

/**
 * @param {Request} request
 * @param {HostedAccess} hosted
 */
function askHosted(request, { key }) {
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${key}`);
  // The key goes to no other place than the one the owner named.
  return fetch(new Request(request, { headers, redirect: 'error' }));
}

/** @param {string} message */
function refusal(message) {
  return new Response(message, { status: 403, headers: { [REFUSAL_HEADER]: '1' } });
}

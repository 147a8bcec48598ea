/**
 * Carries a request to the page and its answer back. A browser that dies in between is no reason to fail as long as the client
 * has heard nothing that another page could contradict: then the next page is asked, once.
 */
import { NoPage } from './keeper.mjs';
import { envelope, refusal } from './refusals.mjs';

const RETRY_AFTER_S = '10';
const DIED_TWICE = 'The browser that draws died while it worked on this, twice.';

/** Meaningless here, or said anew by the server. */
const OWN_HEADERS = ['connection', 'content-length', 'expect', 'host', 'keep-alive', 'transfer-encoding', 'upgrade'];

/**
 * @typedef {object} Call a request whose body can be sent again
 * @property {string} url
 * @property {string} method
 * @property {Headers} headers
 * @property {Uint8Array<ArrayBuffer> | null} body
 * @property {AbortSignal} signal
 *
 * @typedef {{ link: (signal: AbortSignal) => Promise<import('./door.mjs').Link> }} Pages
 */

/**
 * @param {Pages} pages
 * @returns {(call: Call) => Promise<Response>} rejects only when the call's signal is aborted
 */
export function createCarrier(pages) {
  return async (call) => {
    for (const name of OWN_HEADERS) call.headers.delete(name);
    const { response, link } = await askTwice(pages, call);
    if (!response.body || !link) return response;
    const body = survivingBody({ response, link, again: () => ask(pages, call), signal: call.signal });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

/** @typedef {{ response: Response, link: import('./door.mjs').Link | null, died: boolean }} Asked */

/**
 * @param {Pages} pages
 * @param {Call} call
 * @returns {Promise<Asked>}
 */
async function askTwice(pages, call) {
  const first = await ask(pages, call);
  return first.died ? ask(pages, call) : first;
}

/**
 * @param {Pages} pages
 * @param {Call} call
 * @returns {Promise<Asked>}
 */
async function ask(pages, call) {
  const { url, method, headers, body, signal } = call;
  let link = null;
  try {
    link = await pages.link(signal);
    return { response: await link.fetch(url, { method, headers, body, signal }), link, died: false };
  } catch (error) {
    signal.throwIfAborted();
    const died = link?.isLost ?? false;
    return { response: failure(error, died), link: null, died };
  }
}

/**
 * @param {unknown} error
 * @param {boolean} died
 */
function failure(error, died) {
  const headers = { 'retry-after': RETRY_AFTER_S };
  if (error instanceof NoPage) return refusal(503, 'engine_unavailable', { message: error.message, headers });
  if (died) return refusal(503, 'engine_unavailable', { message: DIED_TWICE, headers });
  return refusal(500, 'server_error', { message: error instanceof Error ? error.message : String(error) });
}

/**
 * The body of an answer that started before its outcome was known: JSON with spaces in front while a job runs, or events.
 * When its page dies, spaces are followed by what the next page says; after anything more, the failure is the last word.
 *
 * @param {{ response: Response, link: import('./door.mjs').Link, again: () => Promise<Asked>, signal: AbortSignal }} options
 * @returns {ReadableStream<Uint8Array>}
 */
function survivingBody({ response, link, again, signal }) {
  let reader = readerOf(response);
  let isBlank = isKind(response, 'application/json');
  let mayAskAgain = isBlank;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        try {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          isBlank &&= value.every(isSpace);
          return controller.enqueue(value);
        } catch (error) {
          // Nobody reads any more: no failure to speak of.
          if (signal.aborted) return controller.close();
          if (!link.isLost) return controller.error(error);
          if (isBlank && mayAskAgain) {
            mayAskAgain = false;
            const second = await again();
            reader = readerOf(second.response);
            if (second.link) link = second.link;
            continue;
          }
          const lastWord = isBlank ? envelope('engine_unavailable', DIED_TWICE) : lastEvent(response);
          if (lastWord === null) return controller.error(error);
          controller.enqueue(new TextEncoder().encode(lastWord));
          return controller.close();
        }
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/**
 * OpenAI's clients turn an `error` event into an error.
 *
 * @param {Response} response
 */
function lastEvent(response) {
  if (!isKind(response, 'text/event-stream')) return null;
  const { error } = JSON.parse(envelope('engine_unavailable', 'The browser that draws died while it worked on this.'));
  return `\n\nevent: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`;
}

/**
 * @param {Response} response
 * @param {string} type
 */
function isKind(response, type) {
  return response.headers.get('content-type')?.startsWith(type) ?? false;
}

/** @param {Response} response */
function readerOf(response) {
  return (response.body ?? new Blob().stream()).getReader();
}

/** The blanks of JSON. @param {number} byte */
function isSpace(byte) {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

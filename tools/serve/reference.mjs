/** Fetches reference pictures for the page, from the public internet only. */
import { request } from 'node:https';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { checkedLookup, isPublicAddress, resolveName } from './addresses.mjs';

const MAX_REDIRECTS = 5;
/** From the request to the last byte, redirects included. */
const TIMEOUT_MS = 20_000;
/** The limit of src/images/pictureRules.ts; the page reads one byte more to know that it was passed. */
const MAX_BYTES = 10 * 1024 * 1024 + 1;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What the page needs to know of the answer; nothing else of a foreign host gets in. */
const PASSED_HEADERS = ['content-type', 'content-length'];

/** An address that Tessera keeps away from; the message is for the one who asked. */
export class Refused extends Error {}

/**
 * @typedef {object} ReferenceOptions
 * @property {import('./addresses.mjs').Resolve} [resolve]
 * @property {(address: string) => boolean} [isPublic]
 * @property {string} [ca] a certificate to trust beside those of Node
 */

/**
 * @param {ReferenceOptions} [options]
 * @returns {(url: string, signal: AbortSignal) => Promise<Response>} rejects with `Refused`, or as a connection fails
 */
export function createReferenceFetch({ resolve = resolveName, isPublic = isPublicAddress, ca } = {}) {
  /** @param {string} address */
  const check = (address) => {
    if (!isPublic(address)) throw new Refused(`${address} is not an address of the public internet.`);
  };
  const lookup = checkedLookup({ resolve, check });

  return async (url, signal) => {
    const ended = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    let target = new URL(url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      checkTarget(target);
      const answer = await ask(target, { lookup, ca, signal: ended });
      if (!REDIRECTS.has(answer.statusCode ?? 0) || !answer.headers.location) return asResponse(answer);
      answer.destroy();
      target = nextTarget(answer.headers.location, target);
    }
    throw new Refused(`${target.host} redirects more than ${MAX_REDIRECTS} times.`);
  };

  /** @param {URL} target */
  function checkTarget({ protocol, hostname, host }) {
    if (protocol !== 'https:')
      throw new Refused(`Reference images come over https only, and ${host} was given with ${protocol}`);
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    // Of a name, `lookup` checks every address.
    if (isIP(address) !== 0) check(address);
  }
}

/**
 * @param {URL} target
 * @param {{ lookup: import('node:net').LookupFunction, ca: string | undefined, signal: AbortSignal }} options
 * @returns {Promise<import('node:http').IncomingMessage>}
 */
function ask(target, { lookup, ca, signal }) {
  return new Promise((resolve, reject) => {
    // A connection of its own: a kept one would not be looked up again.
    const options = { lookup, signal, agent: false, headers: { accept: 'image/*', 'accept-encoding': 'identity' } };
    request(target, ca === undefined ? options : { ...options, ca }, resolve)
      .on('error', reject)
      .end();
  });
}

/**
 * @param {string} location
 * @param {URL} from
 */
function nextTarget(location, from) {
  if (URL.canParse(location, from.href)) return new URL(location, from.href);
  throw new Refused(`${from.host} redirects to something that is no URL.`);
}

/** @param {import('node:http').IncomingMessage} answer */
function asResponse(answer) {
  const status = answer.statusCode ?? 502;
  const headers = PASSED_HEADERS.flatMap((name) => {
    const value = answer.headers[name];
    return typeof value === 'string' ? [/** @type {[string, string]} */ ([name, value])] : [];
  });
  if (status < 200 || [204, 205, 304].includes(status)) {
    answer.destroy();
    return new Response(null, { status: status < 200 ? 502 : status });
  }
  const body = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (Readable.toWeb(Readable.from(limited(answer))));
  return new Response(body, { status, headers });
}

/** Ends after the limit, whatever the host still sends. @param {AsyncIterable<Buffer>} pieces */
async function* limited(pieces) {
  let left = MAX_BYTES;
  for await (const piece of pieces) {
    yield new Uint8Array(piece.subarray(0, left));
    left -= piece.length;
    if (left <= 0) return;
  }
}

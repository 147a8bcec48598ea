/**
 * Who may call: the right host name, no page of a foreign origin, the right key. Decided before anything is read or carried.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { refusal } from './refusals.mjs';

/** Signed URLs are the key to what they name: an `<img>` sends no other. The rest tells nothing of anybody. */
const WITHOUT_KEY = ['/v2/downloads/', '/health', '/openapi.json', '/docs', '/'];

/** What the SDKs send beside these, `x-stainless-…`, is allowed by name as it is asked for. */
const ALLOWED_HEADERS = ['authorization', 'content-type', 'range'];
const ALLOWED_METHODS = 'GET, HEAD, POST, OPTIONS';
const EXPOSED_HEADERS = 'x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after, content-range';
const PREFLIGHT_LIFE_S = '600';

/**
 * @typedef {object} GateOptions
 * @property {string} host what `--host` named
 * @property {readonly string[]} allowedOrigins
 * @property {string | null} key null admits everybody who gets here
 */

/**
 * @param {GateOptions} options
 */
export function createGate({ host, allowedOrigins, key }) {
  const origins = new Set(allowedOrigins);
  return { check, finish };

  /**
   * @param {Request} request
   * @returns {Response | null} the answer to a request that goes no further
   */
  function check(request) {
    const { hostname, pathname } = new URL(request.url);
    if (!isOurName(hostname, host)) return wrongHost(hostname);
    const origin = request.headers.get('origin');
    if (origin !== null && !origins.has(origin)) return foreignOrigin(origin);
    if (request.method === 'OPTIONS' && origin !== null) return preflight(request);
    if (key === null || WITHOUT_KEY.some((path) => isAt(pathname, path))) return null;
    return isKey(request.headers.get('authorization'), key) ? null : wrongKey();
  }

  /**
   * The CORS headers of an answer are the server's alone, whatever the page said.
   *
   * @param {Request} request
   * @param {Response} response
   */
  function finish(request, response) {
    const headers = new Headers(response.headers);
    for (const name of [...headers.keys()]) {
      if (name.startsWith('access-control-')) headers.delete(name);
    }
    const origin = request.headers.get('origin');
    if (origins.size > 0) headers.append('vary', 'origin');
    if (origin !== null && origins.has(origin)) {
      headers.set('access-control-allow-origin', origin);
      headers.set('access-control-expose-headers', EXPOSED_HEADERS);
    }
    return new Response(response.body, { status: response.status, headers });
  }
}

/**
 * A page whose name was made to point at this machine (DNS rebinding) still sends that name. Nobody can do so with an address.
 *
 * @param {string} hostname
 * @param {string} ownName
 */
function isOurName(hostname, ownName) {
  return hostname === 'localhost' || hostname === ownName || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/**
 * @param {string} pathname
 * @param {string} path
 */
function isAt(pathname, path) {
  return pathname === path || (path.length > 1 && path.endsWith('/') && pathname.startsWith(path));
}

/** @param {Request} request */
function preflight(request) {
  const asked = (request.headers.get('access-control-request-headers') ?? '').split(',').map((name) => name.trim());
  const headers = {
    'access-control-allow-methods': ALLOWED_METHODS,
    'access-control-allow-headers': [
      ...ALLOWED_HEADERS,
      ...asked.filter((name) => /^x-stainless-[a-z-]+$/i.test(name)),
    ].join(', '),
    // Chromium asks before a public page may reach this machine.
    'access-control-allow-private-network': 'true',
    'access-control-max-age': PREFLIGHT_LIFE_S,
  };
  return new Response(null, { status: 204, headers });
}

/**
 * Takes equally long for every wrong key.
 *
 * @param {string | null} authorization
 * @param {string} key
 */
function isKey(authorization, key) {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(key));
}

/** @param {string} text */
function digest(text) {
  return createHash('sha256').update(text).digest();
}

/** @param {string} hostname */
function wrongHost(hostname) {
  const message = `This server is not '${hostname}'. Use its address, localhost, or the name given with --host.`;
  return refusal(403, 'forbidden', { message });
}

/** @param {string} origin */
function foreignOrigin(origin) {
  const message = `Pages of ${origin} may not call this server. Start it with --allow-origin ${origin} to let them.`;
  return refusal(403, 'forbidden', { message });
}

function wrongKey() {
  const message = 'Incorrect API key provided. The key of this server was told when it started.';
  return refusal(401, 'invalid_api_key', { message });
}

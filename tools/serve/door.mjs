/**
 * Where our own page connects back: two web sockets on the server that gave it, one for each direction of the wire.
 * Nobody else gets in: the server is on the loopback interface, the origin must be the page's, and a token counts once.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { WebSocketServer } from 'ws';

/** Of the page: it answers our requests, and it asks us for what is outside. */
const ROLES = /** @type {const} */ (['answers', 'asks']);

/** All requests that wait, with room for the small ones beside; the page has a queue of its own. */
const MAX_OPEN_REQUESTS = 1024;

/**
 * @typedef {object} Link a connected page
 * @property {typeof fetch} fetch
 * @property {boolean} isLost
 * @property {Promise<void>} lost
 * @property {() => void} close
 *
 * @typedef {(typeof ROLES)[number]} Role
 * @typedef {Record<Role, import('ws').WebSocket>} Sockets
 */

/**
 * @param {import('node:http').Server} server
 * @param {{
 *   origin: string,
 *   wire: import('./wire.mjs').Wire,
 *   outside: (request: Request) => Promise<Response>,
 * }} options
 */
export function openDoor(server, { origin, wire, outside }) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: wire.MAX_MESSAGE_BYTES, perMessageDeflate: false });
  /** @type {{ token: string, came: Partial<Sockets>, onBoth: (sockets: Sockets) => void } | null} */
  let expected = null;

  server.on('upgrade', (request, socket, head) => {
    const { searchParams } = new URL(request.url ?? '/', origin);
    const role = ROLES.find((one) => one === searchParams.get('role'));
    const guest = expected;
    const isWelcome = request.headers.origin === origin && isSame(searchParams.get('token'), guest?.token);
    if (!guest || !role || !isWelcome || guest.came[role]) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate());
      guest.came[role] = webSocket;
      const { answers, asks } = guest.came;
      if (role === 'asks') wire.serveFetch(wire.socketFrames(webSocket), outside);
      if (!answers || !asks) return;
      expected = null;
      guest.onBoth({ answers, asks });
    });
  });

  return {
    /**
     * Lets one page in, in place of the one that was expected before.
     *
     * @returns {{ token: string, link: Promise<Link> }}
     */
    expect() {
      const token = randomBytes(32).toString('base64url');
      /** @type {Promise<Sockets>} */
      const came = new Promise((onBoth) => {
        expected = { token, came: {}, onBoth };
      });
      return { token, link: came.then((both) => linkOf(both, wire)) };
    },
  };
}

/**
 * @param {Sockets} sockets
 * @param {import('./wire.mjs').Wire} wire
 * @returns {Link}
 */
function linkOf({ answers, asks }, wire) {
  const close = () => {
    answers.terminate();
    asks.terminate();
  };
  // Half a page is none.
  const lost = Promise.race([once(answers, 'close'), once(asks, 'close')]).then(close);
  const isOpen = () => answers.readyState === answers.OPEN && asks.readyState === asks.OPEN;
  return {
    fetch: wire.fetchOver(wire.socketFrames(answers), { maxOpenRequests: MAX_OPEN_REQUESTS }),
    get isLost() {
      return !isOpen();
    },
    lost,
    close,
  };
}

/**
 * @param {string | null} given
 * @param {string | undefined} token
 */
function isSame(given, token) {
  if (given === null || token === undefined || given.length !== token.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(token));
}

/**
 * Puts the parts of `npm run serve` together:
 *
 *   client -> HTTP server -> gate -> carrier -> web socket -> page -> the API, as everywhere
 *                                    page -> web socket -> outside: reference pictures, the hosted service
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBrowser } from '../browser.mjs';
import { ensureBuilt } from '../build.mjs';
import { ROOT } from '../paths.mjs';
import { freePort } from '../ports.mjs';
import { serveProduct } from '../preview.mjs';
import { createCarrier } from './carrier.mjs';
import { openDoor } from './door.mjs';
import { createGate } from './gate.mjs';
import { createHttpServer } from './http.mjs';
import { Keeper, NoPage } from './keeper.mjs';
import { keptKey } from './key.mjs';
import { createOutside } from './outside.mjs';
import { createReferenceFetch } from './reference.mjs';
import { loadWire } from './wire.mjs';

/** The page's own name, wherever it is served: what it keeps in IndexedDB belongs to its origin. */
const PAGE_NAME = 'tessera.localhost';
const PAGE_ORIGIN = `http://${PAGE_NAME}`;

const HOSTED_ORIGIN = 'https://api.getimg.ai';
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
/** How long answers may take to end when the server stops. */
const DRAIN_MS = 3_000;

/**
 * @typedef {import('./arguments.mjs').ServeTask} ServeTask
 * @typedef {import('./outside.mjs').HostedAccess} HostedAccess
 *
 * @typedef {object} ServiceOptions
 * @property {(line: string) => void} say
 * @property {NodeJS.ProcessEnv} [env]
 * @property {(url: string, signal: AbortSignal) => Promise<Response>} [fetchReference]
 *
 * @typedef {object} Service
 * @property {string} url
 * @property {() => import('playwright-core').Page | null} page the page that draws, for looking at it
 * @property {() => Promise<void>} close
 */

/**
 * Resolves when the first request can be answered. The port is claimed first of all: a build may take a while.
 *
 * @param {ServeTask} task
 * @param {ServiceOptions} options
 * @returns {Promise<Service>}
 */
export async function startService(task, { say, env = process.env, fetchReference = createReferenceFetch() }) {
  const folder = join(ROOT, '.tessera', `serve-${task.host.replaceAll(':', '_')}-${task.port}`);
  const hosted = hostedAccess(env);
  const key = await requiredKey(task, { path: join(folder, 'key'), hosted, say });
  const engine = new Engine({ profilePath: join(folder, 'profile'), task, hosted, say, fetchReference });
  const server = createHttpServer({
    gate: createGate({ host: task.host, allowedOrigins: task.allowedOrigins, key }),
    carry: createCarrier(engine),
    health: () => engine.health,
  });
  await listen(server, task);
  const close = async () => {
    await drain(server);
    await engine.close();
  };
  try {
    await engine.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url: urlOf(task), page: () => engine.page, close };
}

/** The page that draws, with everything it needs: the product, a server for it, a door to come back through, a browser. */
class Engine {
  #options;
  /** @type {Keeper | null} */
  #keeper = null;
  /** @type {Awaited<ReturnType<typeof serveProduct>> | null} */
  #product = null;

  /**
   * @param {{
   *   profilePath: string,
   *   task: ServeTask,
   *   hosted: HostedAccess | null,
   *   say: (line: string) => void,
   *   fetchReference: (url: string, signal: AbortSignal) => Promise<Response>,
   * }} options
   */
  constructor(options) {
    this.#options = options;
  }

  async start() {
    const { profilePath, task, hosted, say, fetchReference } = this.#options;
    let { topUp } = task;
    await ensureBuilt();
    const [executablePath, wire] = await Promise.all([ensureBrowser(), loadWire()]);
    const product = await serveProduct({ port: await freePort(), strictPort: true });
    this.#product = product;
    const outside = createOutside({ fetchReference, hosted });
    this.#keeper = new Keeper({
      executablePath,
      profilePath,
      resolverRule: `MAP ${PAGE_NAME} 127.0.0.1:${product.port}`,
      pageUrl: (token) => {
        const url = pageUrl(token, { ...task, topUp }, hosted);
        // Once, not with every browser that has to be started.
        topUp = false;
        return url;
      },
      door: openDoor(product.httpServer, { origin: PAGE_ORIGIN, wire, outside }),
      say,
    });
    await this.#keeper.start();
  }

  get health() {
    return this.#keeper?.health ?? { status: 'starting', restarts: 0 };
  }

  get page() {
    return this.#keeper?.page ?? null;
  }

  /** @param {AbortSignal} signal */
  async link(signal) {
    if (!this.#keeper) throw new NoPage('Tessera is still starting.');
    return this.#keeper.link(signal);
  }

  async close() {
    await this.#keeper?.close();
    await this.#product?.close();
  }
}

/**
 * @param {string} token
 * @param {ServeTask} task
 * @param {HostedAccess | null} hosted
 */
function pageUrl(token, { device, budget, topUp }, hosted) {
  const settings = new URLSearchParams({ device });
  if (budget !== null) settings.set('budget', budget);
  if (topUp) settings.set('top-up', '1');
  if (hosted) settings.set('hosted', hosted.origin);
  // What is after the # leaves the page for nobody.
  return `${PAGE_ORIGIN}/serve.html?${settings}#${token}`;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {HostedAccess | null}
 */
function hostedAccess({ GETIMG_API_KEY: key, TESSERA_HOSTED_URL: url = HOSTED_ORIGIN }) {
  return key ? { key, origin: new URL(url).origin } : null;
}

/**
 * Null where everybody may draw: on this machine, as long as nobody else pays for it.
 *
 * @param {ServeTask} task
 * @param {{ path: string, hosted: HostedAccess | null, say: (line: string) => void }} options
 */
async function requiredKey({ key, requireKey, host }, { path, hosted, say }) {
  if (hosted) say(`Requests may ask for the hosted service: ${hosted.origin}, paid with GETIMG_API_KEY.`);
  if (key !== null) return key;
  if (!requireKey && !hosted && LOOPBACK.includes(host)) return null;
  const kept = await keptKey(path);
  say(kept.isNew ? `Requests need this key: ${kept.key}\nIt is kept in ${path}` : `Requests need the key in ${path}`);
  return kept.key;
}

/**
 * @param {import('node:http').Server} server
 * @param {ServeTask} task
 */
async function listen(server, { host, port }) {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EADDRINUSE') throw new Error(`Port ${port} is in use. Choose another one with --port.`);
    if (code === 'EACCES') throw new Error(`Port ${port} needs more rights. Choose one above 1023 with --port.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new Error(`${host} is no address of this machine.`);
    throw new Error(`Cannot listen on ${host}: ${message}`);
  }
}

/** @param {import('node:http').Server} server */
async function drain(server) {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })]);
  server.closeAllConnections();
}

/** @param {ServeTask} task */
function urlOf({ host, port }) {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

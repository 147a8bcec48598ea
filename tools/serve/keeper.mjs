/** Keeps one browser with one page of ours alive, and starts another when it dies. */
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { launchOptions } from '../browser.mjs';

/** Before each start after a death; the last one counts for all further. A GPU process that crashed twice needs two minutes. */
const DELAYS_MS = [0, 1_000, 5_000, 30_000, 130_000];
/** A browser that lived so long was no failure. */
const STABLE_MS = 300_000;
/** Of a browser and its page, on a busy machine. */
const START_TIMEOUT_MS = 120_000;
/** What a request waits for a browser that is just starting. */
const PATIENCE_MS = 30_000;

/** Signals are ours to handle. */
const OWN_SIGNALS = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

/** No page to carry a request to. */
export class NoPage extends Error {}

/**
 * @typedef {object} KeeperOptions
 * @property {string} executablePath
 * @property {string} profilePath what the page keeps (weights, ledger, pictures) lives here
 * @property {string} resolverRule where the page's origin is: Chromium's `MAP name address`
 * @property {(token: string) => string} pageUrl
 * @property {ReturnType<typeof import('./door.mjs').openDoor>} door
 * @property {(line: string) => void} say
 */

export class Keeper {
  #options;
  /** @type {import('./door.mjs').Link | null} */
  #link = null;
  /** @type {import('playwright-core').BrowserContext | null} */
  #browser = null;
  #closing = new AbortController();
  #arrivals = new EventTarget();
  #restarts = 0;
  /** @type {Promise<void>} */
  #ended = Promise.resolve();

  /** @param {KeeperOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** Rejects when the first browser does not start; those after it are tried for ever. */
  async start() {
    const first = this.#launch();
    this.#ended = first.then(
      (link) => this.#keep(link),
      () => {},
    );
    await first;
  }

  get health() {
    return { status: this.#link && !this.#link.isLost ? 'ok' : 'starting', restarts: this.#restarts };
  }

  /** The page that draws, for looking at it; null while there is none. */
  get page() {
    return this.#browser?.pages()[0] ?? null;
  }

  /**
   * The page to carry a request to, waiting a while for one that is on its way.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<import('./door.mjs').Link>}
   */
  async link(signal) {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    const ended = AbortSignal.any([signal, deadline, this.#closing.signal]);
    for (;;) {
      if (this.#link && !this.#link.isLost) return this.#link;
      if (ended.aborted) break;
      await once(this.#arrivals, 'link', { signal: ended }).catch(() => {});
    }
    signal.throwIfAborted();
    throw new NoPage('The browser that draws is not running. It is being started again.');
  }

  async close() {
    this.#closing.abort();
    await this.#endBrowser();
    await this.#ended;
    // One that was just starting.
    await this.#endBrowser();
  }

  /** @param {import('./door.mjs').Link | null} link */
  async #keep(link) {
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      const sinceMs = performance.now();
      await link?.lost;
      await this.#endBrowser();
      if (this.#closing.signal.aborted) return;
      if (performance.now() - sinceMs > STABLE_MS) failures = 0;
      const delayMs = DELAYS_MS[Math.min(failures, DELAYS_MS.length - 1)] ?? 0;
      failures += 1;
      this.#restarts += 1;
      this.#options.say(`The browser is gone. Starting another${delayMs > 0 ? ` in ${delayMs / 1000} s` : ''}…`);
      await sleep(delayMs, undefined, { signal: this.#closing.signal }).catch(() => {});
      if (this.#closing.signal.aborted) return;
      link = await this.#launch().catch((error) => {
        this.#options.say(`It did not start: ${error instanceof Error ? error.message.split('\n', 1)[0] : error}`);
        return null;
      });
      if (link) this.#options.say('The browser is back.');
    }
  }

  async #launch() {
    const { executablePath, profilePath, resolverRule, pageUrl, door } = this.#options;
    await unlock(profilePath);
    const { token, link } = door.expect();
    const { args, ...launch } = launchOptions(executablePath);
    // Nobody watches: animations would only take time from the model.
    const browser = await chromium.launchPersistentContext(profilePath, {
      ...launch,
      ...OWN_SIGNALS,
      args: args.map((arg) => arg.replace(/^--host-resolver-rules=/, `$&${resolverRule}, `)),
      reducedMotion: 'reduce',
      timeout: START_TIMEOUT_MS,
    });
    this.#browser = browser;
    try {
      const page = browser.pages()[0] ?? (await browser.newPage());
      page.on('crash', () => this.#link?.close());
      await page.goto(pageUrl(token), { timeout: START_TIMEOUT_MS });
      this.#link = await arrival(link, browser);
    } catch (error) {
      await this.#endBrowser();
      throw error;
    }
    this.#arrivals.dispatchEvent(new Event('link'));
    return this.#link;
  }

  async #endBrowser() {
    const browser = this.#browser;
    this.#browser = null;
    this.#link?.close();
    this.#link = null;
    await browser?.close().catch(() => {});
  }
}

/**
 * @param {Promise<import('./door.mjs').Link>} link
 * @param {import('playwright-core').BrowserContext} browser
 */
async function arrival(link, browser) {
  const stop = new AbortController();
  const { signal } = stop;
  /** @param {string} why @returns {() => never} */
  const failed = (why) => () => {
    throw new Error(why);
  };
  try {
    return await Promise.race([
      link,
      sleep(START_TIMEOUT_MS, undefined, { signal }).then(failed('The page did not connect.')),
      once(/** @type {import('node:events').EventEmitter} */ (/** @type {unknown} */ (browser)), 'close', {
        signal,
      }).then(failed('The browser ended while it started.')),
    ]);
  } finally {
    stop.abort();
  }
}

/**
 * A browser that was killed leaves its lock behind. No other can run here: the profile belongs to our port.
 *
 * @param {string} profilePath
 */
async function unlock(profilePath) {
  const names = await readdir(profilePath).catch(() => []);
  const locks = names.filter((name) => name.startsWith('Singleton'));
  await Promise.all(locks.map((name) => rm(join(profilePath, name), { force: true })));
}

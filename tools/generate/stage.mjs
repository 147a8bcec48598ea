/** The headless browser with the product's own page in it. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBrowser, launchOptions } from '../browser.mjs';
import { ROOT } from '../paths.mjs';
import { freePort } from '../ports.mjs';
import { serveProduct } from '../preview.mjs';
import { claimProfile } from './profile.mjs';

/** Signals are ours to handle: Playwright would end the process before the half-written file is removed. */
const OWN_SIGNALS = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

/** Nobody watches and nobody comes back: animations and a service worker would only take time from the model. */
const UNWATCHED = /** @type {const} */ ({ reducedMotion: 'reduce', serviceWorkers: 'block' });

/** Whatever port serves the page: what it keeps belongs to its origin. */
const PAGE_NAME = 'tessera.localhost';

/** Of browsers that only reach this machine; models are elsewhere. */
const SHUT_IN = ['--host-resolver-rules=', '--no-proxy-server'];

/**
 * @typedef {import('../../src/client/library').LibraryProgress} LibraryProgress
 * @typedef {import('../../src/pipeline/progress').ProgressEvent} ProgressEvent
 *
 * @typedef {object} Stage
 * @property {import('playwright-core').Page} page
 * @property {() => Promise<void>} close
 *
 * @typedef {object} StageOptions
 * @property {string} device
 * @property {boolean} keepsModels false: nothing stays, and the browser reaches no other machine
 * @property {{ reportProgress: (event: ProgressEvent) => void, reportDownload: (progress: LibraryProgress) => void }} reports
 * what the page tells
 * @property {(line: string) => void} say
 * @property {AbortSignal} signal ends the browser, and whatever waits for it
 */

/**
 * @param {StageOptions} options
 * @returns {Promise<Stage>}
 */
export async function openStage({ device, keepsModels, reports, say, signal }) {
  const executablePath = await ensureBrowser();
  signal.throwIfAborted();
  /** @type {(() => Promise<unknown>)[]} */
  const opened = [];
  let closing = Promise.resolve();
  // Whoever closes waits for the one before: nobody may end the process while a browser still writes what it keeps.
  const close = () => {
    closing = closing.then(() => undoAll(opened));
    return closing;
  };
  // What fails here is told by the `close` that everybody ends with.
  const end = () => void close().catch(() => {});
  try {
    const server = await serveProduct({ port: await freePort(), strictPort: true });
    opened.push(server.close);
    const launch = { ...launchOptions(executablePath), ...OWN_SIGNALS };
    const { page, url } = keepsModels
      ? await openKept(launch, { port: server.port, opened, say, signal })
      : { page: await openThrowaway(launch, opened), url: server.url };
    for (const [name, report] of Object.entries(reports)) await page.exposeFunction(name, report);
    // Not before: Playwright ends the process when a page closes that is just given a function.
    signal.throwIfAborted();
    signal.addEventListener('abort', end, { once: true });
    await page.goto(`${url}?device=${device}`);
    await page.waitForFunction(() => 'tessera' in window);
    return { page, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The last opened first; one that fails keeps none of the others open.
 *
 * @param {(() => Promise<unknown>)[]} opened is empty afterwards
 */
async function undoAll(opened) {
  const undo = opened.pop();
  if (!undo) return;
  try {
    await undo();
  } finally {
    await undoAll(opened);
  }
}

/**
 * Playwright makes a temporary profile and removes it when the browser closes.
 *
 * @param {import('playwright-core').LaunchOptions} launch
 * @param {(() => Promise<unknown>)[]} opened
 */
async function openThrowaway(launch, opened) {
  const browser = await chromium.launch(launch);
  opened.push(() => browser.close());
  return browser.newPage(UNWATCHED);
}

/**
 * @param {import('playwright-core').LaunchOptions} launch
 * @param {{ port: number, opened: (() => Promise<unknown>)[] } & Pick<StageOptions, 'say' | 'signal'>} options
 */
async function openKept({ args = [], ...launch }, { port, opened, ...options }) {
  const profilePath = join(ROOT, '.tessera', 'generate');
  opened.push(await claimProfile(profilePath, options));
  const open = args.filter((arg) => !SHUT_IN.some((start) => arg.startsWith(start)));
  const rule = `--host-resolver-rules=MAP ${PAGE_NAME} 127.0.0.1:${port}`;
  const context = await chromium.launchPersistentContext(profilePath, {
    ...launch,
    ...UNWATCHED,
    args: [...open, rule],
  });
  opened.push(() => context.close());
  return { page: context.pages()[0] ?? (await context.newPage()), url: `http://${PAGE_NAME}/` };
}

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
 * @typedef {object} Stage
 * @property {import('playwright-core').Page} page
 * @property {() => Promise<void>} close
 *
 * @typedef {object} StageOptions
 * @property {string} device
 * @property {boolean} keepsModels false: nothing stays, and the browser reaches no other machine
 * @property {(line: string) => void} say
 * @property {AbortSignal} signal ends the browser, and whatever waits for it
 */

/**
 * @param {StageOptions} options
 * @returns {Promise<Stage>}
 */
export async function openStage({ device, keepsModels, say, signal }) {
  const executablePath = await ensureBrowser();
  signal.throwIfAborted();
  /** @type {(() => Promise<unknown>)[]} */
  const opened = [];
  const close = async () => {
    signal.removeEventListener('abort', end);
    for (const undo of opened.splice(0).reverse()) await undo();
  };
  const end = () => void close();
  signal.addEventListener('abort', end);
  try {
    const server = await serveProduct({ port: await freePort(), strictPort: true });
    opened.push(server.close);
    const launch = { ...launchOptions(executablePath), ...OWN_SIGNALS };
    const { page, url } = keepsModels
      ? await openKept(launch, { port: server.port, opened, say, signal })
      : { page: await openThrowaway(launch, opened), url: server.url };
    // It may have fired while something was opened that nobody could close yet.
    signal.throwIfAborted();
    await page.goto(`${url}?device=${device}`);
    await page.waitForFunction(() => 'tessera' in window);
    return { page, close };
  } catch (error) {
    await close();
    throw error;
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

/** Draws one picture by driving the product's own page in a headless browser. */
import { chromium } from 'playwright-core';
import { ensureBrowser, launchOptions } from '../browser.mjs';
import { freePort } from '../ports.mjs';
import { serveProduct } from '../preview.mjs';

/** Pictures leave the page in pieces: one message of a large picture would be held several times in memory. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** An error that the page answered with; `code` is one of src/api/errors.ts. */
class PageError extends Error {
  /** @param {PlainError} plain */
  constructor({ code, message }) {
    super(message);
    this.code = code;
  }
}

/**
 * @typedef {import('../../src/client/tessera').GenerateAnswer} Answer
 * @typedef {import('../../src/pipeline/progress').ProgressEvent} ProgressEvent
 * @typedef {{ code: string, message: string }} PlainError
 * @typedef {Window & { tessera: Tessera, reportProgress: (event: ProgressEvent) => void }} TesseraWindow
 * @typedef {import('../../src/client/tessera').Tessera} Tessera
 */

/**
 * @param {import('./arguments.mjs').Task} task
 * @param {{ onProgress: (event: ProgressEvent) => void, signal: AbortSignal }} options
 * @returns {Promise<{ answer: Answer, bytes: Buffer }>}
 */
export async function draw(task, { onProgress, signal }) {
  const executablePath = await ensureBrowser();
  signal.throwIfAborted();
  const server = await serveProduct({ port: await freePort(), strictPort: true });
  // Playwright makes a temporary profile and removes it when the browser closes.
  const browser = await chromium.launch({ ...launchOptions(executablePath), ...OWN_SIGNALS });
  const close = () => void browser.close();
  signal.addEventListener('abort', close);
  try {
    // Nobody watches and nobody comes back: animations and a service worker would only take time from the model.
    const page = await browser.newPage({ reducedMotion: 'reduce', serviceWorkers: 'block' });
    await page.exposeFunction('reportProgress', onProgress);
    await page.goto(`${server.url}?device=${task.device}`);
    await page.waitForFunction(() => 'tessera' in window);
    const answer = await generate(page, task.request);
    return { answer, bytes: await readPicture(page, answer.data[0]?.url ?? '') };
  } finally {
    signal.removeEventListener('abort', close);
    await browser.close();
    await server.close();
  }
}

/** Signals are ours to handle: Playwright would end the process before the half-written file is removed. */
const OWN_SIGNALS = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

/**
 * @param {import('playwright-core').Page} page
 * @param {import('./arguments.mjs').Task['request']} request
 * @returns {Promise<Answer>}
 */
async function generate(page, request) {
  const reply = await page.evaluate(async (request) => {
    const { tessera, reportProgress } = /** @type {TesseraWindow} */ (/** @type {unknown} */ (window));
    try {
      return { answer: await tessera.generate(request, { onProgress: reportProgress }) };
    } catch (error) {
      const { code, message } = /** @type {Partial<PlainError>} */ (error);
      return { error: { code: code ?? 'server_error', message: message ?? String(error) } };
    }
  }, request);
  if (reply.error) throw new PageError(reply.error);
  return reply.answer;
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} url
 */
async function readPicture(page, url) {
  const pieces = [];
  for (let start = 0; ; start += PIECE_BYTES) {
    const dataUrl = await page.evaluate(readPiece, { url, start, end: start + PIECE_BYTES });
    if (dataUrl === null) return Buffer.concat(pieces);
    pieces.push(Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64'));
  }
}

/**
 * Runs in the page.
 *
 * @param {{ url: string, start: number, end: number }} piece
 * @returns {Promise<string | null>} a `data:` URL, null past the end
 */
async function readPiece({ url, start, end }) {
  const blob = await (await fetch(url)).blob();
  if (start >= blob.size) return null;
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob.slice(start, end));
  });
}

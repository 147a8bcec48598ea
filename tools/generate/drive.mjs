/** Draws one picture by driving the product's own page in a headless browser. */
import { readFile } from 'node:fs/promises';
import { EMBEDDED_MODELS } from './arguments.mjs';
import { inPage } from './inPage.mjs';
import { ensureModel } from './model.mjs';
import { openStage } from './stage.mjs';

/** Pictures leave the page in pieces: one message of a large picture would be held several times in memory. */
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * @typedef {import('../../src/client/tessera').GenerateAnswer} Answer
 * @typedef {import('../../src/client/tessera').GenerateRequest} GenerateRequest
 * @typedef {import('../../src/client/library').LibraryProgress} LibraryProgress
 * @typedef {import('../../src/pipeline/progress').ProgressEvent} ProgressEvent
 * @typedef {import('./inPage.mjs').TesseraWindow} TesseraWindow
 */

/**
 * @param {import('./arguments.mjs').Task} task
 * @param {{
 *   onProgress: (event: ProgressEvent) => void,
 *   onDownload: (progress: LibraryProgress) => void,
 *   say: (line: string) => void,
 *   signal: AbortSignal,
 * }} options
 * @returns {Promise<{ answer: Answer, bytes: Buffer }>}
 */
export async function draw(task, { onProgress, onDownload, say, signal }) {
  const keepsModels = !EMBEDDED_MODELS.includes(task.request.model);
  const reports = { reportProgress: onProgress, reportDownload: onDownload };
  const { page, close } = await openStage({ device: task.device, keepsModels, reports, say, signal });
  try {
    const model = keepsModels ? await ensureModel(page, task, say) : task.request.model;
    const request = { ...task.request, ...(await uploadPictures(page, task)), model };
    const answer = await inPage(page, generate, { request });
    return { answer, bytes: await readPicture(page, answer.data[0]?.url ?? '') };
  } finally {
    await close();
  }
}

/**
 * Runs in the page.
 *
 * @param {{ request: GenerateRequest }} options
 */
async function generate({ request }) {
  const { tessera, reportProgress } = /** @type {TesseraWindow} */ (/** @type {unknown} */ (window));
  return tessera.generate(request, { onProgress: reportProgress });
}

/**
 * @param {import('playwright-core').Page} page
 * @param {import('./arguments.mjs').Task} task
 */
async function uploadPictures(page, { imagePaths, maskPath }) {
  const images = [];
  for (const path of imagePaths) images.push({ url: await uploadPicture(page, path) });
  return {
    ...(images.length > 0 && { images }),
    ...(maskPath !== null && { mask: await uploadPicture(page, maskPath) }),
  };
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} path
 */
async function uploadPicture(page, path) {
  return inPage(page, takePicture, { base64: await readFile(path, 'base64') });
}

/**
 * Runs in the page.
 *
 * @param {{ base64: string }} picture
 * @returns {Promise<string>} a `blob:` URL
 */
async function takePicture({ base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes]));
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

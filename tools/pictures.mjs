/**
 * `npm run pictures`: the README's pictures, drawn by the product itself in a headless browser.
 * docs/apple.webp is the first example at full size, docs/contact-sheet.webp all prompts of docs/prompts.json, each with
 * its words, docs/sizes.webp the same place of one picture at 1K, 2K and 4K, pixel by pixel.
 */
import './nodeVersion.mjs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { ROOT } from './paths.mjs';

const CELL_PX = 192;
const LABEL_PX = 40;
const COLUMNS = 8;
const SEED = 7;

/** Where a crop is cut, as shares of the picture: over an edge, with something on both sides. */
const CROP = { prompt: 'a blue butterfly on a white background', x: 0.56, y: 0.3, sidePx: 448 };

await ensureInstalled();
const { chromium } = await import('playwright-core');
const { ensureBrowser, launchOptions } = await import('./browser.mjs');
const { ensureBuilt } = await import('./build.mjs');
const { serveProduct } = await import('./preview.mjs');
const { freePort } = await import('./ports.mjs');

await ensureBuilt();
/** @type {string[]} */
const prompts = JSON.parse(await readFile(join(ROOT, 'docs/prompts.json'), 'utf8'));
const server = await serveProduct({ port: await freePort(), strictPort: true });
const browser = await chromium.launch(launchOptions(await ensureBrowser()));
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.exposeFunction('say', (/** @type {string} */ line) => process.stderr.write(`${line}\n`));
  await page.goto(server.url);
  await page.waitForFunction(() => 'tessera' in window);
  const layout = { cellPx: CELL_PX, labelPx: LABEL_PX, columns: COLUMNS, seed: SEED };
  await page.evaluate(`Object.assign(window, { generateBlob: ${generateBlob}, toBase64: ${toBase64} })`);
  const sizes = await page.evaluate(drawSizes, { ...CROP, seed: SEED });
  await writeFile(join(ROOT, 'docs/sizes.webp'), Buffer.from(sizes, 'base64'));
  const { apple, sheet } = await page.evaluate(drawAll, { prompts, layout });
  await writeFile(join(ROOT, 'docs/apple.webp'), Buffer.from(apple, 'base64'));
  await writeFile(join(ROOT, 'docs/contact-sheet.webp'), Buffer.from(sheet, 'base64'));
} finally {
  await browser.close();
  await server.close();
}

/**
 * Runs in the page, where the two functions below are globals.
 *
 * @param {{ prompt: string, x: number, y: number, sidePx: number, seed: number }} crop
 */
async function drawSizes({ prompt, x, y, sidePx, seed }) {
  const resolutions = /** @type {const} */ (['1K', '2K', '4K']);
  const gapPx = 12;
  const canvas = new OffscreenCanvas(resolutions.length * (sidePx + gapPx) - gapPx, sidePx + 28);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { fillStyle: '#222', font: '15px sans-serif', textAlign: 'center', textBaseline: 'top' });
  for (const [index, resolution] of resolutions.entries()) {
    const blob = await generateBlob({ model: 'pocket', prompt, seed, resolution, output_format: 'png' });
    const picture = await createImageBitmap(blob);
    const [left, top] = [x * picture.width - sidePx / 2, y * picture.height - sidePx / 2];
    const to = index * (sidePx + gapPx);
    context.drawImage(picture, left, top, sidePx, sidePx, to, 0, sidePx, sidePx);
    context.fillText(`${resolution}: ${sidePx} of ${picture.width} pixels`, to + sidePx / 2, sidePx + 6);
  }
  return toBase64(await canvas.convertToBlob({ type: 'image/webp', quality: 0.9 }));
}

/**
 * @param {import('../src/client/tessera').GenerateRequest} request
 * @returns {Promise<Blob>}
 */
async function generateBlob(request) {
  const { tessera } = /** @type {{ tessera: import('../src/client/tessera').Tessera }} */ (
    /** @type {unknown} */ (window)
  );
  const url = (await tessera.generate(request)).data[0]?.url ?? '';
  const blob = await (await fetch(url)).blob();
  URL.revokeObjectURL(url);
  return blob;
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function toBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/**
 * Runs in the page.
 *
 * @param {{ prompts: string[], layout: { cellPx: number, labelPx: number, columns: number, seed: number } }} task
 */
async function drawAll({ prompts, layout }) {
  const { say } = /** @type {{ say: (line: string) => Promise<void> }} */ (/** @type {unknown} */ (window));
  const { cellPx, labelPx, columns, seed } = layout;
  const rows = Math.ceil(prompts.length / columns);
  const canvas = new OffscreenCanvas(columns * cellPx, rows * (cellPx + labelPx));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { fillStyle: '#222', font: '13px sans-serif', textAlign: 'center', textBaseline: 'top' });
  let apple = '';
  for (const [index, prompt] of prompts.entries()) {
    const blob = await generateBlob({ model: 'pocket', prompt, seed, output_format: 'webp' });
    if (index === 0) apple = await toBase64(blob);
    const x = (index % columns) * cellPx;
    const y = Math.floor(index / columns) * (cellPx + labelPx);
    context.imageSmoothingQuality = 'high';
    context.drawImage(await createImageBitmap(blob), x + 2, y + 2, cellPx - 4, cellPx - 4);
    for (const [line, words] of twoLines(prompt).entries()) {
      context.fillText(words, x + cellPx / 2, y + cellPx + 2 + line * 16, cellPx - 6);
    }
    await say(`${index + 1}/${prompts.length} ${prompt}`);
  }
  const sheet = await canvas.convertToBlob({ type: 'image/webp', quality: 0.7 });
  return { apple, sheet: await toBase64(sheet) };

  /** @param {string} text */
  function twoLines(text) {
    const middle = text.indexOf(' ', Math.floor(text.length / 2) - 3);
    return text.length < 24 || middle < 0 ? [text] : [text.slice(0, middle), text.slice(middle + 1)];
  }
}

/**
 * `npm run pictures`: the README's pictures, drawn by the product itself in a headless browser.
 * docs/apple.png is the first example at full size, docs/contact-sheet.webp all prompts of docs/prompts.json, each with its words.
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

await ensureInstalled();
const { chromium } = await import('playwright-core');
const { ensureBrowser, launchOptions } = await import('./browser.mjs');
const { ensureBuilt } = await import('./build.mjs');
const { serveProduct } = await import('./serve.mjs');
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
  const { apple, sheet } = await page.evaluate(drawAll, { prompts, layout });
  await writeFile(join(ROOT, 'docs/apple.png'), Buffer.from(apple, 'base64'));
  await writeFile(join(ROOT, 'docs/contact-sheet.webp'), Buffer.from(sheet, 'base64'));
} finally {
  await browser.close();
  await server.close();
}

/**
 * Runs in the page.
 *
 * @param {{ prompts: string[], layout: { cellPx: number, labelPx: number, columns: number, seed: number } }} task
 */
async function drawAll({ prompts, layout }) {
  const { tessera, say } =
    /** @type {{ tessera: import('../src/client/tessera').Tessera, say: (line: string) => Promise<void> }} */ (
      /** @type {unknown} */ (window)
    );
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
    const answer = await tessera.generate({ model: 'pocket', prompt, seed, output_format: 'png' });
    const url = answer.data[0]?.url ?? '';
    const blob = await (await fetch(url)).blob();
    URL.revokeObjectURL(url);
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
  const sheet = await canvas.convertToBlob({ type: 'image/webp', quality: 0.85 });
  return { apple, sheet: await toBase64(sheet) };

  /** @param {string} text */
  function twoLines(text) {
    const middle = text.indexOf(' ', Math.floor(text.length / 2) - 3);
    return text.length < 24 || middle < 0 ? [text] : [text.slice(0, middle), text.slice(middle + 1)];
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
}

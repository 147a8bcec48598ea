/**
 * `npm run pictures`: the README's pictures, drawn by the product itself in a headless browser from docs/gallery.json.
 * docs/apple.webp is the first example at full size; the rest are sheets: contact-sheet (prompts), edits, references,
 * ratios, sizes. `npm run pictures -- edits sizes` makes only those.
 */
import './nodeVersion.mjs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { ROOT } from './paths.mjs';
import { composeSheet, drawPicture } from './pictures/inPage.mjs';
import { editCells, ratioCells, referenceCells, sizeCells, textCells } from './pictures/sheet.mjs';

const SEED = 7;
const REFERENCE_COLUMNS = 4;
/** Over an edge, with something on both sides. */
const ENLARGED = { prompt: 'a blue butterfly on a white background', x: 0.56, y: 0.3 };

await ensureInstalled();
const { chromium } = await import('playwright-core');
const { ensureBrowser, launchOptions } = await import('./browser.mjs');
const { ensureBuilt } = await import('./build.mjs');
const { serveProduct } = await import('./preview.mjs');
const { freePort } = await import('./ports.mjs');

await ensureBuilt();
/** @type {import('./pictures/sheet.mjs').Gallery} */
const gallery = JSON.parse(await readFile(join(ROOT, 'docs/gallery.json'), 'utf8'));
const server = await serveProduct({ port: await freePort(), strictPort: true });
const browser = await chromium.launch(launchOptions(await ensureBrowser()));
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.url);
  await page.waitForFunction(() => 'tessera' in window);

  /** @type {import('./pictures/sheet.mjs').Draw} */
  const draw = async (request) => {
    process.stderr.write(`${request.prompt}\n`);
    /** @type {import('../src/client/tessera').GenerateRequest} */
    const whole = { model: 'pocket', seed: SEED, output_format: 'webp', ...request };
    return page.evaluate(drawPicture, whole);
  };
  const small = { cellPx: 192, labelPx: 40, quality: 0.7 };
  const drawings = {
    apple: () => draw({ prompt: gallery.prompts[0] ?? '' }),
    'contact-sheet': async () => compose(await textCells(gallery.prompts, draw), { ...small, columns: 8 }),
    edits: async () => compose(await editCells(gallery.edits, draw), { ...small, columns: 5 }),
    references: async () => {
      const cells = await referenceCells(gallery.references, { draw, columns: REFERENCE_COLUMNS });
      return compose(cells, { ...small, columns: REFERENCE_COLUMNS });
    },
    ratios: async () => compose(await ratioCells(gallery.ratios, draw), { ...small, columns: 4 }),
    sizes: async () => compose(await sizeCells(ENLARGED, draw), { cellPx: 452, labelPx: 26, quality: 0.9, columns: 3 }),
  };
  const asked = process.argv.slice(2);
  for (const [name, make] of Object.entries(drawings)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const [, base64 = ''] = (await make()).split(',');
    await writeFile(join(ROOT, `docs/${name}.webp`), Buffer.from(base64, 'base64'));
  }

  /**
   * @param {import('./pictures/sheet.mjs').Cell[]} cells
   * @param {{ columns: number, cellPx: number, labelPx: number, quality: number }} layout
   */
  async function compose(cells, layout) {
    return page.evaluate(composeSheet, { cells, ...layout });
  }
} finally {
  await browser.close();
  await server.close();
}

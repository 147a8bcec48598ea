/**
 * The same picture in tiles of several sizes: what a megapixel costs, and whether the pixels are those of the whole.
 * Runs the pipeline's modules from the dev server, inside the product's own worker: the product chooses tiles itself.
 */
import { takeTurns } from '../drawings.mjs';
import { serveModules } from '../server.mjs';
import { median } from '../statistics.mjs';

const WORKER = '/workers/generate.worker.ts?worker_file&type=module';
const WHOLE_PX = 1024;
const TILE_PX = [256, 512, 1024];
const SEEDS = [7, 8, 9];

/**
 * @typedef {import('playwright-core').Worker} Worker
 * @typedef {{ seed: number, resolution: '1K' | '2K', tilePx: number }} TileJob
 */

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ modelFolder: string | null, rounds: number, resolution: '1K' | '2K' }} options
 */
export async function measureTileSizes(browser, { modelFolder, rounds, resolution }) {
  const server = await serveModules({ modelFolder });
  try {
    const page = await browser.newPage();
    const worker = await openWorker(page, server.url);
    const againstWhole = await compareWithWhole(worker);
    const times = await timeTiles(worker, { rounds, resolution });
    await page.close();
    return { resolution, times, againstWhole };
  } finally {
    await server.close();
  }
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} url
 */
async function openWorker(page, url) {
  await page.goto(`${url}bench/blank.html`);
  const started = page.waitForEvent('worker');
  await page.evaluate((source) => {
    Object.assign(window, { benchWorker: new Worker(source, { type: 'module' }) });
  }, WORKER);
  const worker = await started;
  await worker.evaluate(open, `${url}models/pocket/`);
  return worker;
}

/**
 * The largest difference of any channel, over a few seeds.
 *
 * @param {Worker} worker
 */
async function compareWithWhole(worker) {
  const rows = TILE_PX.filter((tilePx) => tilePx < WHOLE_PX).map((tilePx) => ({ tilePx, largestDifference: 0 }));
  for (const seed of SEEDS) {
    await paintIn(worker, { seed, resolution: '1K', tilePx: WHOLE_PX });
    // Playwright would send the return value, a blob, over to Node.
    await worker.evaluate(() => void Object.assign(self, { whole: Reflect.get(self, 'painted') }));
    for (const row of rows) {
      await paintIn(worker, { seed, resolution: '1K', tilePx: row.tilePx });
      row.largestDifference = Math.max(row.largestDifference, await worker.evaluate(difference));
    }
  }
  return rows;
}

/**
 * @param {Worker} worker
 * @param {{ rounds: number, resolution: '1K' | '2K' }} options
 */
async function timeTiles(worker, { rounds, resolution }) {
  const turns = Object.fromEntries(
    TILE_PX.map((tilePx) => [tilePx, () => paintIn(worker, { seed: 7, resolution, tilePx })]),
  );
  const painted = await takeTurns(turns, rounds);
  return TILE_PX.map((tilePx) => {
    const of = painted[tilePx] ?? [];
    return { tilePx, msPerMegapixel: median(of.map(({ upscaleMs, megapixels }) => upscaleMs / megapixels)) };
  });
}

/**
 * @param {Worker} worker
 * @param {TileJob} job
 */
async function paintIn(worker, job) {
  return worker.evaluate(paint, job);
}

/**
 * Runs in the worker: the model on wasm.
 *
 * @param {string} modelUrl
 */
async function open(modelUrl) {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { loadPocket } = await import('/src/families/pocket/pocket.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device: 'wasm', runtimeUrl, verbose: false });
  const file = async (/** @type {string} */ path) => (await fetch(new URL(path, modelUrl))).blob();
  const model = await loadPocket(runtime, file, () => {});
  // Only the choice of tiles asks for the device, and on wasm it ends below what is to be measured.
  Object.assign(self, { studio: { runtime: Object.assign(runtime, { device: 'webgpu' }), model } });
}

/**
 * Runs in the worker: one picture, whose pixels stay there.
 *
 * @param {TileJob} job
 */
async function paint({ seed, resolution, tilePx }) {
  const { generate } = await import('/src/pipeline/generate.ts');
  const { outputSize } = await import('/src/api/sizes.ts');
  const { planOutput } = await import('/src/diffusion/plan.ts');
  const { pocket } = await import('/src/models/pocket.ts');
  const route = pocket.routes[resolution];
  if (!route) throw new Error(`There is no way to ${resolution}.`);
  const size = outputSize('1:1', resolution);
  const wish = { prompt: 'a red apple on a blue background', seed, steps: pocket.steps.default, previews: false };
  const file = { outputFormat: /** @type {const} */ ('png'), quality: 92, parameters: null };
  const plan = planOutput(size, pocket.grid, route);
  const job = { ...wish, ...file, plan, largestTilePx: tilePx };
  const signal = new AbortController().signal;
  const picture = await generate(job, Reflect.get(self, 'studio'), { onProgress: () => {}, signal });
  if (picture.plan.tilePx !== tilePx) throw new Error(`Tiles were ${picture.plan.tilePx} px, not ${tilePx}.`);
  Object.assign(self, { painted: picture.blob });
  return { upscaleMs: picture.timingsMs.upscale ?? 0, megapixels: (size.widthPx * size.heightPx) / 1e6 };
}

/** Runs in the worker: the last picture beside the whole one. */
async function difference() {
  /** @type {(name: string) => Promise<Uint8ClampedArray>} */
  const pixels = async (name) => {
    const bitmap = await createImageBitmap(Reflect.get(self, name));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    return context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray();
  };
  const [whole, painted] = [await pixels('whole'), await pixels('painted')];
  if (whole.length === 0 || whole.length !== painted.length) throw new Error('The pictures differ in size.');
  return whole.reduce((most, value, i) => Math.max(most, Math.abs(value - (painted[i] ?? 0))), 0);
}

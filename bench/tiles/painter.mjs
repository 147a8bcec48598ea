/**
 * The pipeline in tiles of a chosen size, on wasm: its modules from the dev server inside the product's own worker,
 * since the product chooses the tiles itself. What is painted stays in the worker.
 */
import { serveModules } from '../server.mjs';

const WORKER = '/workers/generate.worker.ts?worker_file&type=module';
const PIXELS = '/bench/pixels.mjs';

/**
 * @typedef {object} TileJob
 * @property {'1K' | '2K'} resolution
 * @property {number} tilePx
 * @property {number} seed
 * @property {string} [prompt]
 * @property {import('../../src/api/sizes.ts').AspectRatio} [ratio]
 */

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string | null} modelFolder
 */
export async function openPainter(browser, modelFolder) {
  const server = await serveModules({ modelFolder });
  const page = await browser.newPage();
  await page.goto(`${server.url}bench/blank.html`);
  const started = page.waitForEvent('worker');
  await page.evaluate((source) => {
    Object.assign(window, { benchWorker: new Worker(source, { type: 'module' }) });
  }, WORKER);
  const worker = await started;
  await worker.evaluate(load, `${server.url}models/pocket/`);
  return new Painter(worker, async () => {
    await page.close();
    await server.close();
  });
}

class Painter {
  #worker;

  /**
   * @param {import('playwright-core').Worker} worker
   * @param {() => Promise<void>} close
   */
  constructor(worker, close) {
    this.#worker = worker;
    this.close = close;
  }

  /** @param {TileJob} job */
  async paint(job) {
    return this.#worker.evaluate(paint, job);
  }

  /** Gradient energies of what was painted last. */
  async energies() {
    return this.#worker.evaluate(energies, PIXELS);
  }

  /** Keeps what was painted last, to compare others with. */
  async keep() {
    // Playwright would try to send a value over: there must be none.
    await this.#worker.evaluate(() => void Object.assign(self, { kept: Reflect.get(self, 'painted') }));
  }

  /** The largest difference of any channel between what was kept and what was painted last. */
  async largestDifference() {
    return this.#worker.evaluate(largestDifference);
  }
}

/**
 * Runs in the worker, as all below: the model on wasm.
 *
 * @param {string} modelUrl
 */
async function load(modelUrl) {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { loadPocket } = await import('/src/families/pocket/pocket.ts');
  const runtimeUrl = new URL('/ort/', location.href).href;
  const runtime = await openRuntime({ device: 'wasm', runtimeUrl, verbose: false });
  const file = async (/** @type {string} */ path) => (await fetch(new URL(path, modelUrl))).blob();
  const model = await loadPocket(runtime, file, () => {});
  // Only the choice of tiles asks for the device, and for wasm it ends below what is to be measured.
  Object.assign(self, { studio: { runtime: Object.assign(runtime, { device: 'webgpu' }), model } });
}

/** @param {TileJob} job */
async function paint({ seed, resolution, tilePx, ratio = '1:1', prompt = 'a red apple on a blue background' }) {
  const { generate } = await import('/src/pipeline/generate.ts');
  const { outputSize } = await import('/src/api/sizes.ts');
  const { planOutput, tilesOf } = await import('/src/diffusion/plan.ts');
  const { pocket } = await import('/src/models/pocket.ts');
  const route = pocket.routes[resolution];
  if (!route) throw new Error(`There is no way to ${resolution}.`);
  const size = outputSize(ratio, resolution);
  const file = { outputFormat: /** @type {const} */ ('png'), quality: 92, parameters: null };
  const drawn = { prompt, seed, steps: pocket.steps.default, previews: false };
  const unused = { negativePrompt: null, guidance: null, start: null, references: [] };
  const job = { ...drawn, ...unused, ...file, plan: planOutput(size, pocket.grid, route), largestTilePx: tilePx };
  const signal = new AbortController().signal;
  const { plan, blob, timingsMs } = await generate(job, Reflect.get(self, 'studio'), { onProgress: () => {}, signal });
  if (plan.tilePx !== tilePx) throw new Error(`Tiles were ${plan.tilePx} px, not ${tilePx}.`);
  Object.assign(self, { painted: blob });
  return {
    upscaleMs: timingsMs.upscale ?? 0,
    megapixels: (size.widthPx * size.heightPx) / 1e6,
    overlapPx: plan.overlapPx,
    upscalePasses: plan.upscalePasses,
    tiles: tilesOf(plan).map(({ x, y }) => ({ left: x.start, top: y.start })),
  };
}

/** @param {string} pixelsUrl */
async function energies(pixelsUrl) {
  /** @type {typeof import('./pixels.mjs')} */
  const { readLuma, gradientEnergies } = await import(pixelsUrl);
  const url = URL.createObjectURL(Reflect.get(self, 'painted'));
  const found = gradientEnergies(await readLuma(url));
  URL.revokeObjectURL(url);
  return found;
}

async function largestDifference() {
  /** @type {(name: string) => Promise<Uint8ClampedArray>} */
  const pixels = async (name) => {
    const bitmap = await createImageBitmap(Reflect.get(self, name));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    return context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray();
  };
  const [kept, painted] = [await pixels('kept'), await pixels('painted')];
  if (kept.length === 0 || kept.length !== painted.length) throw new Error('The pictures differ in size.');
  return kept.reduce((most, value, i) => Math.max(most, Math.abs(value - (painted[i] ?? 0))), 0);
}

/**
 * Calls into the bare worker, from Node through a page.
 *
 * @typedef {object} BareOptions
 * @property {'webgpu' | 'wasm'} device
 * @property {number} threads
 * @property {boolean} keepOnDevice outputs stay on the GPU, as in the product; without it each run waits for its result
 */
import { GRAPHS } from './bareDrawing.mjs';

/**
 * Starts the worker and creates its sessions. The graphs are fetched before the clock starts.
 *
 * @param {import('playwright-core').Page} page on the bench's origin
 * @param {BareOptions} options
 * @returns {Promise<{ importMs: number, createMs: number }>}
 */
export async function openBare(page, options) {
  await page.evaluate(() => {
    const worker = new Worker('/bench/bareWorker.mjs', { type: 'module' });
    let calls = 0;
    /** @type {(name: string, argument: unknown) => Promise<unknown>} */
    const call = (name, argument) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        worker.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
        worker.addEventListener('message', function settle({ data }) {
          if (data.id !== id) return;
          worker.removeEventListener('message', settle);
          if (data.error) reject(new Error(data.error));
          else resolve(data.value);
        });
        worker.postMessage({ id, name, argument });
      });
    Object.assign(window, { callBare: call });
  });
  return page.evaluate(
    async ({ names, ...options }) => {
      /** @type {(name: string) => Promise<[string, ArrayBuffer]>} */
      const load = async (name) => [name, await (await fetch(`/models/pocket/${name}.onnx`)).arrayBuffer()];
      const graphs = Object.fromEntries(await Promise.all(names.map(load)));
      return Reflect.get(window, 'callBare')('open', { ...options, graphs });
    },
    { ...options, names: GRAPHS },
  );
}

/**
 * @param {import('playwright-core').Page} page
 * @param {import('./bareDrawing.mjs').BareJob} job
 * @returns {Promise<import('./bareDrawing.mjs').BareTimesMs>}
 */
export async function drawBareInPage(page, job) {
  return page.evaluate((argument) => Reflect.get(window, 'callBare')('draw', argument), job);
}

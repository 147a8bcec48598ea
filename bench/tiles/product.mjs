/** The product in a page, on wasm: there its memory can be watched from outside, and every machine has it. */

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {'1K' | '2K' | '4K'} Resolution
 * @typedef {'png' | 'jpeg' | 'webp'} Format
 * @typedef {object} Wish
 * @property {Resolution} resolution
 * @property {Format} [format]
 * @property {boolean} [previews]
 */

const PROMPT = 'a red apple on a blue background';

/** @type {Format[]} */
export const FORMATS = ['jpeg', 'png', 'webp'];

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} url of the product
 */
export async function openProduct(browser, url) {
  // What it keeps for the next start is not what is measured here.
  const page = await browser.newPage({ serviceWorkers: 'block' });
  await page.goto(`${url}?device=wasm`);
  await page.evaluate(() => Reflect.get(window, 'tessera').ready());
  return page;
}

/**
 * Draws one 1:1 picture, which stays in the page below its URL.
 *
 * @param {Page} page
 * @param {Wish} wish
 */
export async function draw(page, wish) {
  const { resolution, format = 'png', previews = false } = wish;
  const request = { model: 'pocket', prompt: PROMPT, seed: 7, resolution, output_format: format };
  const answer = await page.evaluate(
    async ({ request, previews }) => {
      /** @type {import('../../src/client/tessera.ts').Tessera} */
      const tessera = Reflect.get(window, 'tessera');
      const { data, timings_ms } = await tessera.generate(request, { previews });
      const [picture] = data;
      if (!picture) throw new Error('There is no picture in the answer.');
      const { url, width, height } = picture;
      return { url, width, height, timesMs: timings_ms };
    },
    { request: /** @type {import('../../src/client/tessera.ts').GenerateRequest} */ (request), previews },
  );
  return answer;
}

/**
 * @param {Page} page
 * @param {string} url
 */
export async function forget(page, url) {
  await page.evaluate((url) => URL.revokeObjectURL(url), url);
}

/** How long the API thinks about a request before any work: schema, model, support. */
import { chromium } from 'playwright-core';
import { serveModules } from '../server.mjs';

/** @typedef {{ requests: number, medianMs: number, p99Ms: number }} ValidationTimes */

/**
 * @param {{ launch: import('playwright-core').LaunchOptions, requests: number }} options
 * @returns {Promise<ValidationTimes>}
 */
export async function measureValidation({ launch, requests }) {
  const modules = await serveModules({ modelFolder: null });
  const browser = await chromium.launch(launch);
  try {
    const page = await browser.newPage();
    await page.goto(`${modules.url}bench/blank.html`);
    return await page.evaluate(timeInPage, { base: modules.url, requests });
  } finally {
    await browser.close();
    await modules.close();
  }
}

/** @param {{ base: string, requests: number }} options */
async function timeInPage({ base, requests }) {
  const { parseGenerateRequest } = await import(`${base}src/api/schema.ts`);
  const { prepare } = await import(`${base}src/api/preparation.ts`);
  const { models } = await import(`${base}src/models/catalog.ts`);
  /** @type {number[]} */
  const timesMs = [];
  for (let index = 0; index < requests; index++) {
    // A long prompt in two scripts, and all that Pocket takes.
    const prompt = `${'a red apple 🍎 на столе '.repeat(1 + (index % 150))}${index}`;
    const body = JSON.stringify({ model: 'pocket', prompt, aspect_ratio: '21:9', resolution: '4K', seed: index, n: 2 });
    const startMs = performance.now();
    const request = parseGenerateRequest(JSON.parse(body));
    prepare({ request, sources: [], mask: null, previews: false }, { models, hosted: null });
    timesMs.push(performance.now() - startMs);
  }
  timesMs.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => timesMs[Math.floor(share * (timesMs.length - 1))] ?? 0;
  return { requests, medianMs: at(0.5), p99Ms: at(0.99) };
}

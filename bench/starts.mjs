/** How long until the page can draw: on a fresh profile, on a kept one, and beside it the bare sessions alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { openBare } from './bareInPage.mjs';
import { median, pairedRatio } from './statistics.mjs';

/**
 * Every start is a start of the browser, as a user's is; profiles live on the disk.
 *
 * @param {string} url
 * @param {{ launch: import('playwright-core').LaunchOptions, rounds: number, threads: number, device: 'webgpu' | 'wasm' }} options
 */
export async function measureStarts(url, { launch, rounds, threads, device }) {
  /** @type {{ cold: number[], warm: number[], bareCreate: number[] }} */
  const times = { cold: [], warm: [], bareCreate: [] };
  for (let round = 0; round < rounds; round++) {
    const profile = await mkdtemp(join(tmpdir(), 'tessera-bench-'));
    /** @type {<T>(use: (page: import('playwright-core').Page) => Promise<T>) => Promise<T>} */
    const start = (use) => withPage(profile, launch, use);
    const bare = async () => times.bareCreate.push(await start((page) => bareCreateMs(page, url, { threads, device })));
    try {
      times.cold.push(await start((page) => readyMs(page, url)));
      // In turns, so that neither always runs on the warmer machine.
      if (round % 2 === 1) await bare();
      times.warm.push(await start((page) => readyMs(page, url)));
      if (round % 2 === 0) await bare();
    } finally {
      await rm(profile, { recursive: true, force: true });
    }
  }
  return {
    device,
    coldMs: median(times.cold),
    warmMs: median(times.warm),
    bareCreateMs: median(times.bareCreate),
    warmOverBare: pairedRatio(times.warm, times.bareCreate),
    coldOverWarm: pairedRatio(times.cold, times.warm),
  };
}

/**
 * From the start of the navigation to the model being ready.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} url
 */
async function readyMs(page, url) {
  await page.goto(url);
  return page.evaluate(async () => {
    await Reflect.get(window, 'tessera').ready();
    return performance.now();
  });
}

/**
 * Creating the five sessions from bytes in memory; onnxruntime's wasm is compiled in the first one.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} url
 * @param {{ threads: number, device: 'webgpu' | 'wasm' }} options
 */
async function bareCreateMs(page, url, options) {
  await page.goto(`${url}bench/blank.html`);
  return (await openBare(page, { ...options, keepOnDevice: true })).createMs;
}

/**
 * @template T
 * @param {string} profile
 * @param {import('playwright-core').LaunchOptions} launch
 * @param {(page: import('playwright-core').Page) => Promise<T>} use
 */
async function withPage(profile, launch, use) {
  const context = await chromium.launchPersistentContext(profile, launch);
  try {
    return await use(context.pages()[0] ?? (await context.newPage()));
  } finally {
    await context.close();
  }
}

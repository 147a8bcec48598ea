/**
 * Browser tests, in two projects:
 *   product  the built product, as users get it (`vite preview` over dist/)
 *   modules  `*.modules.test.ts`: single modules, imported from the dev server inside a page
 * WebGPU is rendered in software, so the suite runs on machines without a GPU. What is tagged `@long`, mostly the same thing
 * once more on that slow device, is left to the soak.
 */
import { defineConfig } from '@playwright/test';
import { freePort, HOST } from './tools/ports.mjs';

process.env.TESSERA_SOFTWARE_WEBGPU = '1';
// The workers load this file again and must find the same servers and browser: the environment is what they inherit.
process.env.TESSERA_PRODUCT_PORT ??= String(await freePort());
process.env.TESSERA_MODULES_PORT ??= String(await freePort());
const { ensureBrowser, launchOptions } = await import('./tools/browser.mjs');
process.env.TESSERA_BROWSER ??= await ensureBrowser();

const productUrl = `http://${HOST}:${process.env.TESSERA_PRODUCT_PORT}/`;
const modulesUrl = `http://${HOST}:${process.env.TESSERA_MODULES_PORT}/`;
const isSoak = process.env.TESSERA_SOAK === '1';
const folders = isSoak ? '{soak,browser,faults}' : '{browser,faults}';
const modules = `**/tests/${folders}/**/*.modules.test.ts`;

export default defineConfig({
  testDir: 'tests',
  testMatch: `**/tests/${folders}/**/*.test.ts`,
  // Much of a test is waiting for a page: two at a time fill the two cores of the smallest machine. Figures are taken alone.
  workers: isSoak ? 1 : 2,
  retries: 0,
  // Limits are for machines that do much else at the same time; what works does not take longer for them.
  timeout: isSoak ? 3_600_000 : 180_000,
  expect: { timeout: 30_000 },
  ...(isSoak ? { grep: /\bsoak\/|@long\b/ } : { grepInvert: /@long\b/ }),
  forbidOnly: process.env.CI === 'true',
  reporter: [['list']],
  // A worker would answer from its cache, unseen by what tests put in the way of requests. Its own tests allow it.
  use: { launchOptions: launchOptions(process.env.TESSERA_BROWSER), serviceWorkers: 'block' },
  projects: [
    { name: 'product', testIgnore: modules, use: { baseURL: productUrl } },
    { name: 'modules', testMatch: modules, use: { baseURL: modulesUrl } },
  ],
  webServer: [
    {
      command: `node tools/preview.mjs --port ${process.env.TESSERA_PRODUCT_PORT}`,
      url: productUrl,
      timeout: 180_000,
      stdout: 'ignore',
    },
    {
      command: `node node_modules/vite/bin/vite.js --port ${process.env.TESSERA_MODULES_PORT} --strictPort`,
      url: modulesUrl,
      stdout: 'ignore',
    },
  ],
});

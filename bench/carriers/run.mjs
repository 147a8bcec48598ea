/** What a carrier costs over a direct call, for pictures of some sizes. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { HOST } from '../../tools/ports.mjs';
import { serveModules } from '../server.mjs';
import { median } from '../statistics.mjs';

const SIZES_BYTES = [100_000, 1_000_000, 10_000_000];

/**
 * @typedef {object} CarrierCost
 * @property {number} sizeBytes
 * @property {number} directMs median
 * @property {number} carriedMs median
 * @property {number} extraMs median of the differences, round by round
 */

/**
 * A page that embeds the engine's page, of another site, in a frame.
 *
 * @param {{ launch: import('playwright-core').LaunchOptions, rounds: number }} options
 * @returns {Promise<CarrierCost[]>}
 */
export async function measureIframe({ launch, rounds }) {
  const modules = await serveModules({ modelFolder: null });
  const parent = await serveBlank();
  const browser = await chromium.launch(launch);
  try {
    const page = await browser.newPage();
    await page.goto(parent.url);
    /** @type {CarrierCost[]} */
    const costs = [];
    for (const sizeBytes of SIZES_BYTES) {
      const times = await page.evaluate(compareInPage, { base: modules.url, sizeBytes, rounds });
      costs.push(costOf(sizeBytes, times));
    }
    return costs;
  } finally {
    await browser.close();
    await Promise.all([modules.close(), parent.close()]);
  }
}

/**
 * @param {number} sizeBytes
 * @param {import('./inPage.mjs').Times} times
 * @returns {CarrierCost}
 */
function costOf(sizeBytes, { direct, carried }) {
  const extras = carried.map((tookMs, round) => tookMs - /** @type {number} */ (direct[round]));
  return { sizeBytes, directMs: median(direct), carriedMs: median(carried), extraMs: median(extras) };
}

/** @param {{ base: string, sizeBytes: number, rounds: number }} options */
async function compareInPage({ base, sizeBytes, rounds }) {
  const { embedTessera } = await import(`${base}src/client/index.ts`);
  const { compare } = await import(`${base}bench/carriers/inPage.mjs`);
  const src = `${base}bench/carriers/child.html?parents=${location.origin}`;
  const tessera = await embedTessera(document.body, { src });
  const times = await compare(tessera.fetch, { sizeBytes, rounds });
  tessera.close();
  return times;
}

/** An empty page of another site: for a browser, `localhost` is one and 127.0.0.1 another. */
async function serveBlank() {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Asking</title>');
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://localhost:${port}/`, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** What keeping a model costs over fetching it: the same bytes into the library, and into nothing. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { HOST } from '../../tools/ports.mjs';
import { serveModules } from '../server.mjs';
import { median } from '../statistics.mjs';

const THROTTLED_BYTES_PER_SECOND = 25_000_000;
const SENT_EVERY_MS = 10;

/**
 * @typedef {object} DownloadTimes
 * @property {number | null} bytesPerSecond of the server; null for as fast as it can
 * @property {number} plainMs median
 * @property {number} keptMs median
 * @property {number} ratio plain over kept: 1 where keeping costs nothing
 */

/**
 * @param {{ launch: import('playwright-core').LaunchOptions, rounds: number, sizeBytes: number }} options
 * @returns {Promise<DownloadTimes[]>}
 */
export async function measureDownload({ launch, rounds, sizeBytes }) {
  const modules = await serveModules({ modelFolder: null });
  const browser = await chromium.launch(launch);
  try {
    const times = [];
    for (const bytesPerSecond of [THROTTLED_BYTES_PER_SECOND, null]) {
      const host = await serveNoise(sizeBytes, bytesPerSecond);
      const page = await browser.newPage({ bypassCSP: true });
      await page.goto(`${modules.url}bench/blank.html`);
      const { plain, kept } = await page.evaluate(compareInPage, { url: host.url, sizeBytes, rounds });
      await page.close();
      await host.close();
      const [plainMs, keptMs] = [median(plain), median(kept)];
      times.push({ bytesPerSecond, plainMs, keptMs, ratio: plainMs / keptMs });
    }
    return times;
  } finally {
    await browser.close();
    await modules.close();
  }
}

/**
 * Runs in the page.
 *
 * @param {{ url: string, sizeBytes: number, rounds: number }} options
 */
async function compareInPage({ url, sizeBytes, rounds }) {
  const { Library } = await import(new URL('/src/weights/published/library.ts', location.href).href);
  const library = new Library();
  /** @type {number[]} */
  const plain = [];
  /** @type {number[]} */
  const kept = [];
  for (let round = 0; round < rounds; round++) {
    let startMs = performance.now();
    const reader = (await fetch(`${url}?plain=${round}`, { cache: 'no-store' })).body?.getReader();
    while (reader && !(await reader.read()).done);
    plain.push(performance.now() - startMs);
    startMs = performance.now();
    const file = { path: 'model.onnx', url: `${url}?kept=${round}`, sizeBytes, sha256: null };
    const work = { signal: new AbortController().signal, onProgress: () => {} };
    await library.download({ id: 'noise', revision: String(round), files: [file] }, work);
    kept.push(performance.now() - startMs);
    await library.remove('noise');
  }
  return { plain, kept };
}

/**
 * A file of noise, in one stream.
 *
 * @param {number} sizeBytes
 * @param {number | null} bytesPerSecond
 */
async function serveNoise(sizeBytes, bytesPerSecond) {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  // Fast, and nothing that storage could compress.
  for (let i = 0, state = 1; i < sizeBytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  const server = createServer(async (_, response) => {
    const cors = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };
    response.writeHead(200, { ...cors, 'content-length': sizeBytes, 'content-type': 'application/octet-stream' });
    if (bytesPerSecond === null) return response.end(bytes);
    const startMs = performance.now();
    for (let sent = 0; sent < sizeBytes && !response.destroyed; ) {
      const dueBytes = Math.min(sizeBytes, Math.ceil(((performance.now() - startMs) / 1000) * bytesPerSecond));
      if (dueBytes > sent) response.write(bytes.subarray(sent, dueBytes));
      sent = Math.max(sent, dueBytes);
      await delay(SENT_EVERY_MS);
    }
    response.end();
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://${HOST}:${port}/model.onnx`, close: () => new Promise((resolve) => server.close(resolve)) };
}

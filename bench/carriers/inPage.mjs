/** Runs in the asking page: the same picture asked for directly and over a carrier, in turns. */
import { answer } from './handler.mjs';

const ROUTE = 'http://tessera.test/v2/images/generations';

/**
 * @typedef {object} Times milliseconds from the request until the picture's bytes are in hand, by round
 * @property {number[]} direct
 * @property {number[]} carried
 */

/**
 * @param {typeof fetch} carried gives pictures as URLs that load in this page
 * @param {{ sizeBytes: number, rounds: number }} options
 * @returns {Promise<Times>}
 */
export async function compare(carried, { sizeBytes, rounds }) {
  /** @type {Times} */
  const times = { direct: [], carried: [] };
  // The first of each is warm-up: code is compiled, the picture made.
  for (let round = 0; round <= rounds; round += 1) {
    const directMs = await timePicture(directly, sizeBytes);
    const carriedMs = await timePicture(carried, sizeBytes);
    if (round === 0) continue;
    times.direct.push(directMs);
    times.carried.push(carriedMs);
  }
  return times;
}

/**
 * As the engine's own page does it: no carrier, the picture's Blob under a URL of the page.
 *
 * @type {(...request: Parameters<typeof fetch>) => Promise<Response>}
 */
async function directly(...[input, init]) {
  const { data } = await (await answer(new Request(input, init))).json();
  const picture = await answer(new Request(data[0].url));
  return Response.json({ data: [{ url: URL.createObjectURL(await picture.blob()) }] });
}

/**
 * @param {typeof fetch} ask
 * @param {number} sizeBytes
 */
async function timePicture(ask, sizeBytes) {
  const startMs = performance.now();
  const headers = { 'Content-Type': 'application/json' };
  const response = await ask(`${ROUTE}?bytes=${sizeBytes}`, { method: 'POST', headers, body: '{"prompt":"an apple"}' });
  const { data } = await response.json();
  const bytes = await (await fetch(data[0].url)).arrayBuffer();
  const tookMs = performance.now() - startMs;
  URL.revokeObjectURL(data[0].url);
  if (bytes.byteLength !== sizeBytes) throw new Error(`The picture has ${bytes.byteLength} bytes.`);
  return tookMs;
}

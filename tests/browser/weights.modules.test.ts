/** Item by item what the weight store promises, in a real browser with its real IndexedDB. */
import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import type { Manifest } from '../../src/weights/manifest';
import { manifestOf, noise, noiseModel } from '../faults/model';
import { FaultServer } from '../faults/server';
import { crash } from './interruptions';
import {
  BLANK,
  chunkKeysOf,
  flipBit,
  hashesOf,
  inventory,
  loadedInPage,
  openInPage,
  totalBytesOf,
} from './weightsInPage';

// The fault server is another origin than the page.
test.use({ bypassCSP: true });

const CHUNK = 64 * 1024;
const sizes = { 'denoiser.onnx': 9 * CHUNK + 1000, 'decoder.onnx': 4 * CHUNK, 'config.json': 500 };
const model = noiseModel({ seed: 21, chunkBytes: CHUNK, sizes });
const total = totalBytesOf(model);
const keys = chunkKeysOf(model);

let server: FaultServer;
test.beforeEach(async ({ page }) => {
  server = await FaultServer.start(model);
  await page.goto(BLANK);
});
test.afterEach(() => server.stop());

const open = (page: Page, abortAtBytes?: number) =>
  page.evaluate(openInPage, {
    manifestUrl: server.manifestUrl,
    ...(abortAtBytes === undefined ? {} : { abortAtBytes }),
  });

async function expectWhole(page: Page) {
  const result = await open(page);
  expect(result).toMatchObject({ code: null, files: hashesOf(model), inMemory: false, notices: [] });
  return result;
}

test('the first start downloads, the second makes no request for weights', async ({ page, context }) => {
  const first = await expectWhole(page);
  expect(server.asked.map(({ path }) => path)).toEqual(Object.keys(sizes));
  expect(first.progress.at(-1)).toEqual({ type: 'weights', loadedBytes: total, totalBytes: total, source: 'network' });
  expect(await page.evaluate(inventory)).toEqual({ chunks: keys, records: [server.manifestUrl] });

  server.forget();
  const later = await context.newPage();
  await later.goto(BLANK);
  const second = await expectWhole(later);
  expect(server.asked).toEqual([]);
  expect(new Set(second.progress.map(({ source }) => source))).toEqual(new Set(['cache']));
  expect(second.progress.at(-1)?.loadedBytes).toBe(total);
});

test('it works in a module worker, under the content security policy of the page', async ({ browser, baseURL }) => {
  const context = await browser.newContext(baseURL === undefined ? {} : { baseURL });
  const page = await context.newPage();
  await page.goto(BLANK);
  const outcome = await page.evaluate(
    () =>
      new Promise<unknown>((resolve) => {
        const worker = new Worker('/tests/browser/workers/weights.worker.ts', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => resolve(message);
        worker.postMessage(new URL('/tests/fixtures/tiny-pocket/manifest.json', location.href).href);
      }),
  );
  const tiny = JSON.parse(readFileSync('tests/fixtures/tiny-pocket/manifest.json', 'utf8')) as Manifest;
  const sizes = Object.fromEntries(tiny.files.map(({ path, sizeBytes }) => [path, sizeBytes]));
  expect(outcome).toEqual({ sizes, inMemory: false });
  await context.close();
});

test('without a network it works from the store, with no request that leaves', async ({ page, context }) => {
  await expectWhole(page);
  await page.reload();
  // The modules come from the dev server; after that the line is cut.
  await page.evaluate(
    async () => [await import('/src/weights/store.ts'), await import('/src/weights/verify.ts')].length,
  );
  await context.setOffline(true);
  server.forget();
  await expectWhole(page);
  expect([server.asked, server.manifestRequests]).toEqual([[], 0]);
});

test('without a network and without a store the error says what to do', async ({ page, context }) => {
  await page.evaluate(openInPage, { manifestUrl: 'http://127.0.0.1:9/manifest.json' });
  await context.setOffline(true);
  const result = await open(page);
  expect(result).toMatchObject({ code: 'weights_unreachable' });
  expect(result.message).toContain('Check the connection and try again');
});

test('one flipped bit in any chunk is found, and that chunk alone is fetched again', async ({ page }) => {
  await expectWhole(page);
  for (const [turn, key] of keys.entries()) {
    const sizeBytes = await page.evaluate(flipBit, { key, atByte: turn * 7919 });
    server.forget();
    const repaired = await expectWhole(page);
    expect(server.asked).toHaveLength(1);
    const { path = '', range = null } = server.asked[0] ?? {};
    expect(range ? range[1] - range[0] : model.files.get(path)?.length).toBe(sizeBytes);
    expect(repaired.progress.at(-1)).toMatchObject({ source: 'repair', loadedBytes: total });
  }
  server.forget();
  await expectWhole(page);
  expect(server.asked).toEqual([]);
});

test('two chunks that swapped places are both found', async ({ page }) => {
  await expectWhole(page);
  await page.evaluate(async ([one = '', other = '']) => {
    const { openChunkStore } = await import('/src/weights/chunkStore.ts');
    const store = openChunkStore();
    const [first, second] = [await store.get(one), await store.get(other)];
    if (!first || !second) throw new Error('no such chunk');
    await store.set(one, second);
    await store.set(other, first);
  }, model.manifest.files[0]?.chunkSha256 ?? []);
  server.forget();
  await expectWhole(page);
  expect(server.asked).toEqual([{ path: 'denoiser.onnx', range: [0, 2 * CHUNK] }]);
});

test('a chunk that is damaged on the disk and on the server ends as weights_damaged', async ({ page }) => {
  await expectWhole(page);
  await page.evaluate(flipBit, { key: keys[0] ?? '', atByte: 0 });
  const damagedFile = model.manifest.files.find(({ chunkSha256 }) => chunkSha256.includes(keys[0] ?? ''));
  const atByte = (damagedFile?.chunkSha256.indexOf(keys[0] ?? '') ?? 0) * CHUNK;
  server.misbehave({ type: 'flip', path: damagedFile?.path ?? '', atByte });
  const result = await open(page);
  expect(result).toMatchObject({ code: 'weights_damaged', files: {} });
  expect(result.message).toContain(damagedFile?.path);
});

for (const kept of [0, 1, 5, 9, 12]) {
  test(`a page that dies after ${kept} chunks leaves no record; the next one fetches only the rest`, async ({
    context,
  }) => {
    server.misbehave({ type: 'slow', pieceBytes: CHUNK / 4, pauseMs: 10 });
    const doomed = await context.newPage();
    await doomed.goto(BLANK);
    const reached = loadedInPage(doomed, kept * CHUNK);
    // It never settles: its page is gone.
    open(doomed).catch(() => {});
    await reached;
    await (kept % 2 ? doomed.close() : crash(doomed));

    server.misbehave();
    const heir = await context.newPage();
    await heir.goto(BLANK);
    const before = await heir.evaluate(inventory);
    // Not earlier: a last request of the dead page may still have been on its way.
    server.forget();
    expect(before.records).toEqual([]);
    expect(before.chunks.length).toBeGreaterThanOrEqual(kept);
    const storedBytes = before.chunks.reduce((sum, key) => sum + (sizeOf(key) ?? 0), 0);
    await expectWhole(heir);
    expect(bytesAsked()).toBe(total - storedBytes);
    expect((await heir.evaluate(inventory)).records).toHaveLength(1);
  });
}

test('an abort mid-way ends with the chunk at hand, keeps the chunks, and leaves no record', async ({ page }) => {
  server.misbehave({ type: 'slow', pieceBytes: CHUNK / 4, pauseMs: 20 });
  const aborted = await open(page, 3.5 * CHUNK);
  expect(aborted.code).toBe('cancelled');
  const { chunks, records } = await page.evaluate(inventory);
  expect(records).toEqual([]);
  const seenBytes = aborted.progress.at(-1)?.loadedBytes ?? 0;
  expect(seenBytes - chunks.length * CHUNK).toBeLessThanOrEqual(CHUNK);
  expect(chunks.length).toBeGreaterThanOrEqual(3);
  expect(chunks.length).toBeLessThanOrEqual(5);
  server.misbehave();
  server.forget();
  await expectWhole(page);
  expect(bytesAsked()).toBe(total - chunks.length * CHUNK);
});

test('two pages at once download once', async ({ page, context }) => {
  server.misbehave({ type: 'slow', pieceBytes: CHUNK / 2, pauseMs: 10 });
  const other = await context.newPage();
  await other.goto(BLANK);
  const [one, two] = await Promise.all([expectWhole(page), expectWhole(other)]);
  expect(server.asked.map(({ path }) => path)).toEqual(Object.keys(sizes));
  const downloads = [one, two].map(({ progress }) => progress.some(({ source }) => source === 'network'));
  expect(downloads.sort()).toEqual([false, true]);
});

test('a page that dies while another one waits hands the download over', async ({ page, context }) => {
  server.misbehave({ type: 'slow', pieceBytes: CHUNK / 4, pauseMs: 10 });
  const doomed = await context.newPage();
  await doomed.goto(BLANK);
  const reached = loadedInPage(doomed, 3 * CHUNK);
  open(doomed).catch(() => {});
  await reached;
  const waiting = expectWhole(page);
  await crash(doomed);
  await waiting;
});

test('a new revision is noticed, shares its chunks, and the old ones go', async ({ page }) => {
  await expectWhole(page);
  const kept = model.files.get('denoiser.onnx')?.subarray(0, 5 * CHUNK) ?? Buffer.of();
  const half = Buffer.concat([kept, noise('new', 3 * CHUNK)]);
  const files = new Map(model.files).set('denoiser.onnx', half);
  const next = { manifest: manifestOf(files, { revision: '2', chunkBytes: CHUNK }), files };
  server.deploy(next);
  server.forget();
  const result = await open(page);
  expect(result).toMatchObject({ code: null, revision: '2', files: hashesOf(next) });
  expect(server.asked).toEqual([{ path: 'denoiser.onnx', range: [5 * CHUNK, 8 * CHUNK] }]);
  expect((await page.evaluate(inventory)).chunks).toEqual(chunkKeysOf(next));
});

function sizeOf(key: string): number | undefined {
  for (const { sizeBytes, chunkSha256 } of model.manifest.files) {
    const index = chunkSha256.indexOf(key);
    if (index >= 0) return Math.min(CHUNK, sizeBytes - index * CHUNK);
  }
  return undefined;
}

function bytesAsked(): number {
  return server.asked.reduce((sum, { path, range }) => {
    return sum + (range ? range[1] - range[0] : (model.files.get(path)?.length ?? 0));
  }, 0);
}

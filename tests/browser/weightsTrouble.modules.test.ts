/** Storage that is missing, full, dead or damaged: real quotas, real blocked frames, real bytes on a real disk. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, expect, type Page, test } from '@playwright/test';
import type { Manifest } from '../../src/weights/manifest';
import { noiseModel } from '../faults/model';
import { FaultServer } from '../faults/server';
import { BLANK, chunkKeysOf, hashesOf, inventory, loadedInPage, openInPage, totalBytesOf } from './weightsInPage';

// The fault server is another origin than the page.
test.use({ bypassCSP: true });

const TINY = '/tests/fixtures/tiny-pocket/manifest.json';
const CHUNK = 256 * 1024;
const FILE = 'denoiser.onnx';
const model = noiseModel({ seed: 31, chunkBytes: CHUNK, sizes: { [FILE]: 12 * CHUNK, 'decoder.onnx': 3 * CHUNK + 7 } });
const total = totalBytesOf(model);

let server: FaultServer;
test.beforeEach(async () => {
  server = await FaultServer.start(model);
});
test.afterEach(() => server.stop());

const open = (page: Pick<Page, 'evaluate'>) => page.evaluate(openInPage, { manifestUrl: server.manifestUrl });

test('a full disk at any point: in memory, with one notice, and what was stored is used next time', async ({
  page,
}) => {
  await page.goto(BLANK);
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  const storedCounts = new Set<number>();
  for (const quotaSize of [1, 0.2, 0.4, 0.6, 0.8, 0.95].map((share) => (share === 1 ? 1 : Math.round(total * share)))) {
    await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
    const result = await open(page);
    expect(result).toMatchObject({ code: null, inMemory: true, files: hashesOf(model) });
    expect(result.notices).toHaveLength(1);
    expect(result.notices[0]).toContain('not enough room');
    expect(result.progress.at(-1)).toMatchObject({ loadedBytes: total, totalBytes: total });

    await session.send('Storage.overrideQuotaForOrigin', { origin });
    const { chunks, records } = await page.evaluate(inventory);
    expect(records).toEqual([]);
    storedCounts.add(chunks.length);
    const next = await open(page);
    expect(next).toMatchObject({ code: null, inMemory: false, files: hashesOf(model) });
    expect(next.progress.filter(({ source }) => source === 'cache')).toHaveLength(chunks.length);
  }
  // The quotas really ran out at different chunks.
  expect(storedCounts.size).toBeGreaterThanOrEqual(4);
});

test('a frame whose storage the browser blocks: in memory, with one notice', async ({ page }) => {
  // Another, secure site than the dev server, so that its frame is a third party; Chromium blocks those in private windows.
  const host = await page.context().newPage();
  const frameUrl = new URL(BLANK, test.info().project.use.baseURL).href;
  await host.route('https://parent.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<!doctype html><iframe src="${frameUrl}"></iframe>` }),
  );
  // The dev server forbids frames; what is tested here is the storage behind one.
  await host.route(frameUrl, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await host.goto('https://parent.test/');
  const frame = host.frames().find((each) => each.url() === frameUrl);
  if (!frame) throw new Error('no frame');
  const blocked = await frame.evaluate(async () => {
    const request = indexedDB.open('probe');
    return new Promise((resolve) => {
      request.onsuccess = () => resolve(false);
      request.onerror = () => resolve(true);
    });
  });
  expect(blocked).toBe(true);
  // From the frame's own origin: a page that a test made up may not ask another local server.
  const tiny = JSON.parse(readFileSync(`.${TINY}`, 'utf8')) as Manifest;
  const result = await frame.evaluate(openInPage, { manifestUrl: new URL(TINY, frameUrl).href });
  expect(result).toMatchObject({ code: null, inMemory: true, files: hashesOf({ manifest: tiny }) });
  expect(result.notices).toHaveLength(1);
  expect(result.notices[0]).toContain('does not let the page store');
});

test('a browser without IndexedDB and without locks: in memory, with one notice', async ({ page }) => {
  await page.addInitScript(() => {
    Reflect.defineProperty(globalThis, 'indexedDB', { value: undefined });
    Reflect.defineProperty(navigator, 'locks', { value: undefined });
  });
  await page.goto(BLANK);
  const result = await open(page);
  expect(result).toMatchObject({ code: null, inMemory: true, files: hashesOf(model) });
  expect(result.notices).toHaveLength(1);
});

test('a connection that died is opened again once, and nobody notices', async ({ page }) => {
  await page.goto(BLANK);
  await page.evaluate(closeConnections, { from: 8, to: 8 });
  const result = await open(page);
  expect(result).toMatchObject({ code: null, inMemory: false, notices: [], files: hashesOf(model) });
  expect((await page.evaluate(inventory)).records).toHaveLength(1);
});

test('connections that keep dying: in memory, with one notice', async ({ page }) => {
  await page.goto(BLANK);
  await page.evaluate(closeConnections, { from: 40, to: Number.MAX_SAFE_INTEGER });
  const result = await open(page);
  expect(result).toMatchObject({ code: null, inMemory: true, files: hashesOf(model) });
  expect(result.notices).toHaveLength(1);
});

test('storage cleared by the user in the middle of a download is not mistaken for a stored model', async ({ page }) => {
  await page.goto(BLANK);
  server.misbehave({ type: 'slow', pieceBytes: CHUNK / 2, pauseMs: 20 });
  const reached = loadedInPage(page, 5 * CHUNK);
  const opening = open(page);
  await reached;
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'indexeddb' });
  expect(await opening).toMatchObject({ code: null, files: hashesOf(model) });
  server.misbehave();
  expect(await open(page)).toMatchObject({ code: null, inMemory: false, files: hashesOf(model) });
  expect((await page.evaluate(inventory)).chunks).toEqual(chunkKeysOf(model));
});

test('a byte that changed on the disk, and a file that vanished from it, are found and repaired', async () => {
  test.slow();
  const profile = mkdtempSync(join(tmpdir(), 'tessera-disk-'));
  const withBrowser = async <T>(work: (page: Page, context: BrowserContext) => Promise<T>): Promise<T> => {
    const { launchOptions, baseURL } = test.info().project.use;
    const context = await chromium.launchPersistentContext(profile, {
      ...launchOptions,
      ...(baseURL === undefined ? {} : { baseURL }),
      bypassCSP: true,
    });
    try {
      const page = await context.newPage();
      await page.goto(BLANK);
      return await work(page, context);
    } finally {
      await context.close();
    }
  };
  try {
    expect(await withBrowser(open)).toMatchObject({ code: null, inMemory: false });
    const chunk = (index: number) => model.files.get(FILE)?.subarray(index * CHUNK, (index + 1) * CHUNK) ?? Buffer.of();
    damageOnDisk(profile, chunk(2), (path, contents, at) => {
      contents[at + 1000] = (contents[at + 1000] ?? 0) ^ 1;
      writeFileSync(path, contents);
    });
    damageOnDisk(profile, chunk(6), (path) => rmSync(path));
    server.forget();
    const repaired = await withBrowser(open);
    expect(repaired).toMatchObject({ code: null, inMemory: false, notices: [], files: hashesOf(model) });
    expect(server.asked).toEqual([
      { path: FILE, range: [2 * CHUNK, 3 * CHUNK] },
      { path: FILE, range: [6 * CHUNK, 7 * CHUNK] },
    ]);
    server.forget();
    expect(await withBrowser(open)).toMatchObject({ code: null, files: hashesOf(model) });
    expect(server.asked).toEqual([]);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});

type Damage = (path: string, contents: Buffer, at: number) => void;

/** Finds the file of the profile that holds these bytes. */
function damageOnDisk(profile: string, bytes: Buffer, damage: Damage): void {
  for (const entry of readdirSync(profile, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.parentPath.includes('IndexedDB')) continue;
    const path = join(entry.parentPath, entry.name);
    const contents = readFileSync(path);
    const at = contents.indexOf(bytes.subarray(0, 64));
    if (at < 0) continue;
    damage(path, contents, at);
    return;
  }
  throw new Error('The chunk is not on the disk.');
}

/** Runs in the page. As Safari does it: the object is there, the connection is not, and no event said so. */
function closeConnections({ from, to }: { readonly from: number; readonly to: number }) {
  const transaction = IDBDatabase.prototype.transaction;
  let calls = 0;
  IDBDatabase.prototype.transaction = function (...args) {
    calls += 1;
    if (calls >= from && calls <= to) this.close();
    return transaction.apply(this, args);
  };
}

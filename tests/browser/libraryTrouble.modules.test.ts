/** The library of published models on a real IndexedDB: two tabs, a full disk, blocked storage, a flipped bit. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { type NoiseModel, noiseModel, sha256 } from '../faults/model';
import { FaultServer } from '../faults/server';
import { blockedFrame } from './storageTrouble';
import { BLANK } from './weightsInPage';

// The fault server is another origin than the page.
test.use({ bypassCSP: true });

const CHUNK = 128 * 1024;
const sizes = { 'unet/model.onnx': 30 * CHUNK + 99, 'vae/model.onnx': 9 * CHUNK };
const TOTAL = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);

let model: NoiseModel;
let server: FaultServer;

test.beforeEach(async ({ page }) => {
  model = noiseModel({ seed: 47, chunkBytes: CHUNK, sizes });
  server = await FaultServer.start(model);
  await page.goto(BLANK);
});

test.afterEach(() => server.stop());

test('two tabs that want one model download it once', async ({ page, context }) => {
  server.misbehave({ type: 'slow', pieceBytes: CHUNK, pauseMs: 5 });
  const other = await context.newPage();
  await other.goto(BLANK);
  const outcomes = await Promise.all([page.evaluate(getInPage, call()), other.evaluate(getInPage, call())]);
  for (const { hashes } of outcomes) expect(hashes).toEqual(expected());
  const sentBytes = server.asked.reduce(
    (sum, { path, range }) => sum + (range ? range[1] - range[0] : sizeOf(path)),
    0,
  );
  expect(sentBytes).toBe(TOTAL);
});

test('a disk without room is told, and the model works from memory', async ({ page, context }) => {
  const session = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
  const { hashes, notices, inMemory } = await page.evaluate(getInPage, call());
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  expect({ hashes, notices, inMemory }).toEqual({
    hashes: expected(),
    notices: ['storage_unavailable'],
    inMemory: true,
  });
});

test('a frame whose storage the browser blocks is told, and the model works from memory', async ({ page }) => {
  const frame = await blockedFrame(page);
  // From the frame's own origin: a page that a test made up may not ask another local server.
  const path = 'tests/fixtures/tiny-pocket/decoder.onnx';
  const bytes = readFileSync(path);
  const files = [{ path, url: new URL(`/${path}`, frame.url()).href, sizeBytes: bytes.length, sha256: sha256(bytes) }];
  const outcome = await frame.evaluate(getInPage, { files, chunkBytes: 4096 });
  expect(outcome).toEqual({
    hashes: { [path]: sha256(bytes) },
    notices: ['storage_unavailable'],
    inMemory: true,
  });
});

test('what no model needs is swept away, but not what is being kept for one in another tab', async ({
  page,
  context,
}) => {
  const other = await context.newPage();
  await other.goto(BLANK);
  const keeping = page.evaluate(async () => {
    const { ModelStore, openModelStores } = await import('/src/weights/published/modelStore.ts');
    const store = new ModelStore(openModelStores(), () => {});
    await store.keepChunk('astray', new Blob(['x']));
    await store.undisturbed(async () => {
      await store.keepChunk('kept', new Blob(['y']));
      document.title = 'keeping';
      await new Promise((resolve) => document.addEventListener('go-on', resolve));
      const file = { path: 'a', url: '', sizeBytes: 1, sha256: null, chunks: ['kept'] };
      await store.keepRecord({ id: 'm', revision: '1', chunkBytes: 1, files: [file] } as never);
    });
  });
  await expect(page).toHaveTitle('keeping');
  const sweeping = other.evaluate(async () => {
    const { ModelStore, openModelStores } = await import('/src/weights/published/modelStore.ts');
    const stores = openModelStores();
    await new ModelStore(stores, () => {}).sweep();
    return stores.chunks.keys();
  });
  await page.waitForTimeout(200);
  await page.evaluate(() => document.dispatchEvent(new Event('go-on')));
  await keeping;
  expect(await sweeping).toEqual(['kept']);
});

test('a flipped bit on the disk is found by a check, and one chunk is fetched for it', async ({ page }) => {
  await page.evaluate(getInPage, call());
  await page.evaluate(flipInPage, 17);
  server.forget();
  const report = await page.evaluate(async (chunkBytes) => {
    const { Library } = await import('/src/weights/published/library.ts');
    const work = { signal: new AbortController().signal, onProgress: () => {} };
    return new Library({ chunkBytes }).check('noise', work);
  }, CHUNK);
  expect(report).toEqual({ checkedChunks: 40, repairedChunks: 1 });
  expect(server.asked.map(({ range }) => (range ? range[1] - range[0] : 0))).toEqual([CHUNK]);
  expect((await page.evaluate(getInPage, call())).hashes).toEqual(expected());
});

function call() {
  const files = [...model.files].map(([path, bytes]) => ({
    path,
    url: server.url(path),
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
  }));
  return { files, chunkBytes: CHUNK };
}

function expected(): Record<string, string> {
  return Object.fromEntries([...model.files].map(([path, bytes]) => [path, sha256(bytes)]));
}

function sizeOf(path: string): number {
  return model.files.get(path)?.length ?? 0;
}

/** Runs in the page. */
async function getInPage({ files, chunkBytes }: ReturnType<typeof call>) {
  const { Library } = await import('/src/weights/published/library.ts');
  const { toHex } = await import('/src/storage/hex.ts');
  const notices: string[] = [];
  const library = new Library({ chunkBytes, onNotice: ({ code }) => notices.push(code) });
  const work = { signal: new AbortController().signal, onProgress: () => {} };
  const { inMemory } = await library.download({ id: 'noise', revision: '1', files }, work);
  const hashes: Record<string, string> = {};
  for (const [path, blob] of await library.open('noise')) {
    hashes[path] = toHex(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  }
  return { hashes, notices, inMemory };
}

/** Runs in the page. Flips the lowest bit of a byte in the middle of the nth stored chunk. */
async function flipInPage(index: number): Promise<void> {
  const { openModelStores } = await import('/src/weights/published/modelStore.ts');
  const { chunks } = openModelStores();
  const key = (await chunks.keys()).sort()[index] ?? '';
  const bytes = new Uint8Array(await ((await chunks.get(key)) as Blob).arrayBuffer());
  // Only whole chunks, so that the bytes fetched are known.
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await chunks.set(key, new Blob([bytes]));
}

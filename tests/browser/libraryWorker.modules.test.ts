/** The library of published models behind its real worker: what is asked, told, stopped and closed crosses as it should. */
import { expect, test } from '@playwright/test';
import { type NoiseModel, noiseModel, sha256 } from '../faults/model';
import { FaultServer } from '../faults/server';
import { BLANK } from './weightsInPage';

// The fault server is another origin than the page.
test.use({ bypassCSP: true });

/** The worker's own size: it takes no other. */
const CHUNK = 8 * 1024 * 1024;
const sizes = { 'unet/model.onnx': CHUNK + 99, 'merges.txt': 600 };

let model: NoiseModel;
let server: FaultServer;

test.beforeEach(async ({ page }) => {
  model = noiseModel({ seed: 53, chunkBytes: CHUNK, sizes });
  server = await FaultServer.start(model);
  await page.goto(BLANK);
});

test.afterEach(() => server.stop());

test('a check tells its progress and what it mended; the files stay those of the publisher', async ({ page }) => {
  const outcome = await page.evaluate(async (source) => {
    const { LibraryWorker } = await import('/src/jobs/library.ts');
    const { openModelStores } = await import('/src/weights/published/modelStore.ts');
    const { toHex } = await import('/src/storage/hex.ts');
    const url = '/workers/weights.worker.ts';
    const library = new LibraryWorker(() => new Worker(new URL(url, location.href), { type: 'module' }));
    await library.download(source, () => {});
    const sound = await library.check(source.id, () => {});
    const { chunks } = openModelStores();
    const sizeOf = async (key: string) => [key, (await chunks.get(key))?.size ?? 0] as const;
    const stored = await Promise.all((await chunks.keys()).map(sizeOf));
    const [largest = ''] = stored.sort((a, b) => b[1] - a[1])[0] ?? [];
    const bytes = new Uint8Array(await ((await chunks.get(largest)) as Blob).arrayBuffer());
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await chunks.set(largest, new Blob([bytes]));
    const told: number[] = [];
    const mended = await library.check(source.id, ({ loadedBytes }) => told.push(loadedBytes));
    const hashes: Record<string, string> = {};
    for (const [path, blob] of await library.open(source.id)) {
      hashes[path] = toHex(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
    }
    library.close();
    return { sound, mended, hashes, hasTold: told.length > 0 };
  }, source());
  expect(outcome).toEqual({
    sound: { checkedChunks: 3, repairedChunks: 0 },
    mended: { checkedChunks: 3, repairedChunks: 1 },
    hashes: Object.fromEntries([...model.files].map(([path, bytes]) => [path, sha256(bytes)])),
    hasTold: true,
  });
});

for (const ending of ['stop', 'close'] as const) {
  test(`${ending} ends what is being done with "cancelled", and the next call goes on`, async ({ page }) => {
    server.misbehave({ type: 'slow', pieceBytes: 64 * 1024, pauseMs: 20 });
    const downloading = page.evaluate(endInPage, { source: source(), ending });
    await expect(page).toHaveTitle('cancelled');
    server.misbehave();
    await page.evaluate(() => document.dispatchEvent(new Event('go-on')));
    expect(await downloading).toEqual({ code: 'cancelled', isComplete: true });
  });
}

function source() {
  const files = [...model.files].map(([path, bytes]) => ({
    path,
    url: server.url(path),
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
  }));
  return { id: 'noise', revision: '1', files };
}

interface Ended {
  readonly source: ReturnType<typeof source>;
  readonly ending: 'stop' | 'close';
}

/** Runs in the page. Ends a download once some of it is here, and downloads again when told to go on. */
async function endInPage({ source, ending }: Ended) {
  const { LibraryWorker } = await import('/src/jobs/library.ts');
  const url = '/workers/weights.worker.ts';
  const library = new LibraryWorker(() => new Worker(new URL(url, location.href), { type: 'module' }));
  const code = await library
    .download(source, ({ loadedBytes }) => {
      if (loadedBytes === 0) return;
      if (ending === 'stop') library.stop(source.id);
      else library.close();
    })
    .then(
      () => 'complete',
      (error: { code: string }) => error.code,
    );
  const goOn = new Promise((resolve) => document.addEventListener('go-on', resolve, { once: true }));
  document.title = code;
  await goOn;
  const { isComplete } = await library.download(source, () => {});
  library.close();
  return { code, isComplete };
}

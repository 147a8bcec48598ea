/** What becomes of a model's files after they have come: damage that shows, damage that does not, and a mirror. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { type ModelHost, manifestOf, startModelHost } from './modelHost';
import { expect, PATIENCE_MS, test } from './support';

declare const window: { readonly tessera: Tessera };

const REPLICA = 'sdxs-512';
const FOLDER = `tests/fixtures/replicas/${REPLICA}`;
const { files } = JSON.parse(readFileSync(`${FOLDER}/replica.json`, 'utf8')) as {
  files: { path: string; sha256: string }[];
};

let host: ModelHost;

test.beforeAll(async () => {
  host = await startModelHost();
});

test.afterAll(() => host.close());

const DAMAGES = [
  { shows: 'when the graph is loaded', path: 'text_encoder.onnx', place: 'beginning' },
  { shows: 'in the picture, as weights that are no numbers any more', path: 'unet.onnx', place: 'numbers' },
] as const;

for (const { shows, path, place } of DAMAGES) {
  test(`damage on the disk shows ${shows}; that file is fetched again, and drawn with`, async ({ page }) => {
    await open(page);
    const id = await get(page);
    await damage(page, path, place);
    const before = host.asked.length;
    expect(await draw(page, id)).toBe(id);
    expect(host.asked.slice(before)).toEqual([`${REPLICA}/${path}`]);
  });
}

test('files are read in full a week after they came, while nobody waits for them', async ({ page }) => {
  await page.clock.install();
  await open(page);
  const id = await get(page);
  await draw(page, id);
  await page.clock.fastForward('03:00');
  await expect.poll(() => page.evaluate(checkedAtMs, id), { timeout: PATIENCE_MS }).not.toBeNull();

  await page.clock.fastForward(8 * 24 * 60 * 60 * 1000);
  await open(page);
  await draw(page, id);
  await damage(page, 'unet.onnx', 'middle');
  const before = host.asked.length;
  await page.clock.fastForward('03:00');
  await expect.poll(() => host.asked.slice(before), { timeout: PATIENCE_MS }).toEqual([`${REPLICA}/unet.onnx`]);
});

test('all files come from the mirror where the owner names one', async ({ page, context }) => {
  // No server of this machine: a page that a test made up may not ask one.
  const home = `https://models.example/${REPLICA}/`;
  const below = `https://mirror.example/kiosk/models.example/${REPLICA}/`;
  const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/octet-stream' };
  const asked: string[] = [];
  await context.route(`${home}**`, (route) => route.fulfill({ headers, json: manifestOf(REPLICA) }));
  await context.route(`${below}**`, (route) => {
    const path = route.request().url().slice(below.length);
    asked.push(path);
    return route.fulfill({ headers, path: `${FOLDER}/${path}` });
  });
  await page.route(/\/\?device=wasm$/, async (route) => {
    const response = await route.fetch();
    const meta = '<meta name="tessera-mirror" content="https://mirror.example/kiosk">';
    await route.fulfill({ response, body: (await response.text()).replace('</head>', `${meta}</head>`) });
  });
  await open(page);
  const id = await get(page, `${home}manifest.json`);
  expect(asked.toSorted()).toEqual(files.map(({ path }) => path).toSorted());
  expect(await draw(page, id)).toBe(id);
});

async function open(page: Page): Promise<void> {
  await page.goto('./?device=wasm');
  await page.waitForFunction(() => 'tessera' in window);
}

function get(page: Page, manifestUrl = `${host.url}${REPLICA}/manifest.json`): Promise<string> {
  return page.evaluate(async (url) => {
    const { id } = await window.tessera.library.add(url);
    await window.tessera.library.get(id);
    return id;
  }, manifestUrl);
}

/** Which model drew. */
function draw(page: Page, id: string): Promise<string | undefined> {
  return page.evaluate(async (model) => {
    await window.tessera.library.refresh();
    const answer = await window.tessera.generate({ model, prompt: 'a red apple', steps: 1, seed: 7 });
    return answer.served_by;
  }, id);
}

/**
 * Of a stored file, all of which fits into one chunk: flips a bit where every reader looks first, or in a weight; or
 * writes what is NaN in 16 and in 32 bits over many weights.
 */
function damage(page: Page, path: string, place: 'beginning' | 'middle' | 'numbers'): Promise<void> {
  const key = files.find((file) => file.path === path)?.sha256 ?? '';
  return page.evaluate(
    async ([key, place]) => {
      const opened = await settled(indexedDB.open('tessera-published-chunks'));
      const table = () => opened.transaction('entries', 'readwrite').objectStore('entries');
      const stored: Blob = await settled(table().get(key));
      const bytes = new Uint8Array(await stored.arrayBuffer());
      const at = place === 'beginning' ? 0 : Math.floor(bytes.length / 2);
      if (place === 'numbers') bytes.fill(0xff, at, at + 256);
      else bytes[at] = (bytes[at] ?? 0) ^ 1;
      await settled(table().put(new Blob([bytes]), key));
      opened.close();

      function settled<T>(request: IDBRequest<T>): Promise<T> {
        return new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      }
    },
    [key, place] as const,
  );
}

/** Runs in the page: when a model's files were last found to be due, or null. */
async function checkedAtMs(id: string): Promise<number | null> {
  const opened = await new Promise<IDBDatabase>((resolve) => {
    const opening = indexedDB.open('tessera-model-shelf');
    opening.onsuccess = () => resolve(opening.result);
  });
  const shelf = await new Promise<{ checkedAtMs?: Record<string, number> } | undefined>((resolve) => {
    const reading = opened.transaction('entries').objectStore('entries').get('shelf');
    reading.onsuccess = () => resolve(reading.result);
  });
  opened.close();
  return shelf?.checkedAtMs?.[id] ?? null;
}

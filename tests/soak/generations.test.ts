/** Hundreds of pictures in one page leave nothing behind: no memory, no worker, no object URL, no drift in the pixels. */
import { basename } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';

const GENERATIONS = 300;
/** Pictures until caches, compiled code and the wasm heap have found their size. */
const SETTLING = 50;
const SEEDS = [7, 8, 9];
const MOST_GROWTH = 1.1;

interface Tally {
  readonly heapMib: number;
  readonly workers: number;
  readonly objectUrls: number;
}

test(`${GENERATIONS} pictures leave nothing behind`, async ({ page, context }, testInfo) => {
  const tiny = 'tests/fixtures/tiny-pocket';
  await context.route('**/models/pocket/**', (route) =>
    route.fulfill({ path: `${tiny}/${basename(new URL(route.request().url()).pathname)}` }),
  );
  await page.addInitScript(countObjectUrls);
  await page.goto('/');

  const first = await draw(page, SETTLING);
  const before = await tally(page);
  const hashes = [...first, ...(await draw(page, GENERATIONS - SETTLING))];
  const after = await tally(page);

  const figures = { generations: GENERATIONS, settling: SETTLING, before, after };
  testInfo.annotations.push({ type: 'figures', description: JSON.stringify(figures) });
  expect(new Set(hashes).size).toBe(SEEDS.length);
  expect(after).toMatchObject({ workers: before.workers, objectUrls: before.objectUrls });
  expect(after.heapMib).toBeLessThan(before.heapMib * MOST_GROWTH);
});

/** Runs in the page before its own code. */
function countObjectUrls(): void {
  const alive = new Set<string>();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (object) => {
    const url = createObjectURL.call(URL, object);
    alive.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    alive.delete(url);
    revokeObjectURL.call(URL, url);
  };
  Object.assign(window, { aliveObjectUrls: alive });
}

/** Draws pictures in turns over the seeds; the hash of each. */
async function draw(page: Page, count: number): Promise<string[]> {
  return page.evaluate(
    async ({ count, seeds }) => {
      const tessera: Tessera = Reflect.get(window, 'tessera');
      const hashes: string[] = [];
      for (let i = 0; i < count; i++) {
        const request = { model: 'pocket', prompt: 'a red apple', seed: seeds[i % seeds.length] ?? 0 };
        const [image] = (await tessera.generate(request, { previews: true })).data;
        if (!image) throw new Error('There is no picture in the answer.');
        const digest = await crypto.subtle.digest('SHA-256', await (await fetch(image.url)).arrayBuffer());
        hashes.push(Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''));
        URL.revokeObjectURL(image.url);
      }
      return hashes;
    },
    { count, seeds: SEEDS },
  );
}

/** Memory of the page and its workers, the wasm heap included, after a garbage collection. */
async function tally(page: Page): Promise<Tally> {
  const bytes = await page.evaluate(async () => {
    const measure: () => Promise<{ bytes: number }> = Reflect.get(performance, 'measureUserAgentSpecificMemory');
    return (await measure.call(performance)).bytes;
  });
  const objectUrls = await page.evaluate(() => Reflect.get(window, 'aliveObjectUrls').size);
  return { heapMib: Math.round(bytes / 2 ** 20), workers: page.workers().length, objectUrls };
}

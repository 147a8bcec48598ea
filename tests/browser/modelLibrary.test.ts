/** Published models in the product: added by address from another host, got, kept, drawn with, removed. */
import type { Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { type ModelHost, startModelHost } from './modelHost';
import { REPLICA_SPECS } from './replicaSpecs';
import { expect, test } from './support';

declare const window: { readonly tessera: Tessera };

let host: ModelHost;

test.beforeAll(async () => {
  host = await startModelHost();
});

test.afterAll(() => host.close());

test.beforeEach(async ({ page }) => {
  await page.goto('./?device=wasm');
  await page.waitForFunction(() => 'tessera' in window);
});

for (const replica of Object.keys(REPLICA_SPECS)) {
  // Each family's graphs are drawn with in the module tests; two show here that the way there is the same for all.
  const tag = ['flux2-klein', 'sd-turbo'].includes(replica) ? [] : '@long';
  test(`${replica}: from an address to a picture`, { tag }, async ({ page }) => {
    const id = await addAndGet(page, replica);
    const picture = await page.evaluate(draw, { id, steps: 2 });
    expect(picture).toMatchObject({ servedBy: id, signature: [0x89, 0x50, 0x4e, 0x47] });
    // A decoder makes one colour of a latent of nothing, but for what its padding does at the border.
    expect(picture.spread).toBeGreaterThan(8);
    const models = await page.evaluate(() => window.tessera.models.list());
    expect(models.find((model) => model.id === id)).toMatchObject({ installed: true });
  });
}

test('a model that is not here is refused before any work, and says so', async ({ page }) => {
  const refusal = await page.evaluate(async () => {
    const request = { model: 'sd-turbo', prompt: 'a red apple' };
    return window.tessera.generate(request).catch(({ code, param, message }) => ({ code, param, message }));
  });
  expect(refusal).toMatchObject({ code: 'invalid_parameter', param: 'model' });
  expect(JSON.stringify(refusal)).toContain('not on this machine');
});

test('a restrictive licence is accepted before a byte comes', async ({ page }) => {
  const code = await page.evaluate(() => window.tessera.library.get('sd-turbo').catch((error) => error.code));
  expect(code).toBe('consent_required');
});

test('a model stays when the page is closed half-way and opened again, and when there is no network', async ({
  page,
  context,
}) => {
  host.breakOff(3);
  const id = await addAndGet(page, 'sd-turbo', 'may fail');
  await page.reload();
  await page.waitForFunction(() => 'tessera' in window);
  await page.evaluate((id) => window.tessera.library.refresh().then(() => window.tessera.library.get(id)), id);
  const before = host.asked.length;
  const picture = await page.evaluate(draw, { id, steps: 1 });
  expect(picture.signature).toEqual([0x89, 0x50, 0x4e, 0x47]);
  expect(host.asked.length).toBe(before);
  await context.setOffline(true);
  expect((await page.evaluate(draw, { id, steps: 1 })).signature).toEqual([0x89, 0x50, 0x4e, 0x47]);
});

test('a removed model is gone, with its bytes', async ({ page }) => {
  const id = await addAndGet(page, 'sdxs-512');
  const left = await page.evaluate(async (id) => {
    await window.tessera.library.remove(id);
    const { databases } = indexedDB as IDBFactory & { databases(): Promise<{ name: string }[]> };
    const names = (await databases.call(indexedDB)).map(({ name }) => name);
    const count = await new Promise<number>((resolve) => {
      const opening = indexedDB.open('tessera-published-chunks');
      opening.onsuccess = () => {
        const counting = opening.result.transaction('entries').objectStore('entries').count();
        counting.onsuccess = () => resolve(counting.result);
      };
    });
    return { known: window.tessera.library.list().some(({ entry }) => entry.id === id), names, count };
  }, id);
  expect(left).toMatchObject({ known: false, count: 0 });
});

test('an address that holds no model is refused in words', async ({ page }) => {
  const add = (url: string) =>
    page.evaluate(
      (url) => window.tessera.library.add(url).then(String, ({ code, message }) => `${code}: ${message}`),
      url,
    );
  expect(await add('ftp://example.com/model.json')).toContain('invalid_parameter');
  expect(await add(`${host.url}nothing/model.json`)).toContain('answered');
  expect(await add(`${host.url}sd-turbo/replica.json`)).toContain('manifest is not valid');
});

test('a folder laid out as diffusers does needs no manifest', async ({ page }) => {
  const id = await page.evaluate(
    (url) => window.tessera.library.add(url).then(({ id }) => id),
    `${host.url}sd15-nmkd/`,
  );
  await page.evaluate(async (id) => {
    await window.tessera.library.acceptLicence(id);
    await window.tessera.library.get(id);
  }, id);
  expect((await page.evaluate(draw, { id, steps: 2 })).servedBy).toBe(id);
});

async function addAndGet(
  page: Page,
  replica: string,
  outcome: 'must succeed' | 'may fail' = 'must succeed',
): Promise<string> {
  const url = `${host.url}${replica}/manifest.json`;
  const id = await page.evaluate((url) => window.tessera.library.add(url).then(({ id }) => id), url);
  const getting = page.evaluate((id) => window.tessera.library.get(id), id);
  await (outcome === 'may fail' ? getting.catch(() => {}) : getting);
  return id;
}

/** Runs in the page. */
async function draw({ id, steps }: { readonly id: string; readonly steps: number }) {
  const request = { model: id, prompt: 'a red apple', steps, seed: 7, output_format: 'png' } as const;
  const answer = await window.tessera.generate(request);
  const blob = await (await fetch(answer.data[0]?.url ?? '')).blob();
  const signature = Array.from(new Uint8Array(await blob.slice(0, 4).arrayBuffer()));
  const spread = await spreadInside(blob);
  return { servedBy: answer.served_by, width: answer.data[0]?.width, signature, spread };

  /** Levels between the darkest and the brightest value of red in the middle quarter. */
  async function spreadInside(file: Blob): Promise<number> {
    const picture = await createImageBitmap(file);
    const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(picture, 0, 0);
    const [width, height] = [picture.width / 2, picture.height / 2];
    const { data } = context.getImageData(width / 2, height / 2, width, height);
    const reds = data.filter((_, at) => at % 4 === 0);
    return reds.reduce((most, red) => Math.max(most, red), 0) - reds.reduce((least, red) => Math.min(least, red), 255);
  }
}

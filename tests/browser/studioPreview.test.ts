/** First looks while somebody types: small, free, and gone as soon as anything else is to be drawn. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { slowDown } from '../slowWorker';
import { draw, expect, generateButton, openStudio, PATIENCE_MS, picture, promptField, test } from './support';

const liveSwitch = (page: Page) => page.getByRole('checkbox', { name: 'Live preview' });
const look = (page: Page, prompt: string) => page.getByRole('img', { name: `Preview: ${prompt}`, exact: true });

interface Look {
  readonly prompt: string;
  readonly seed: number | undefined;
  outcome: string | null;
}

test('a look is drawn while somebody types; it is neither billed nor kept, and says what it is', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  await liveSwitch(page).check();
  await promptField(page).pressSequentially('a red apple');
  await expect(look(page, 'a red apple')).toBeVisible({ timeout: PATIENCE_MS });
  const size = await look(page, 'a red apple').evaluate((image: HTMLImageElement) => [image.naturalWidth, image.width]);
  expect(size[0]).toBe(128);
  await expect(page.getByText('Preview', { exact: true })).toBeVisible();
  await expect(page.locator('.status-line')).toHaveText('A first look. Generate draws it in full');
  await expect(page.getByRole('heading', { name: 'This session' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Download' })).toHaveCount(0);
  expect(
    await page.evaluate(() =>
      theTessera()
        .account.usage()
        .then(({ entries }) => entries),
    ),
  ).toEqual([]);
  expect(await keptResults(page)).toBe(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);

  await promptField(page).fill('');
  await expect(page.getByText('Your picture appears here.')).toBeVisible();
});

test('Generate draws what was looked at, in full', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  const looks = await watchLooks(page);
  await liveSwitch(page).check();
  await promptField(page).fill('a red apple');
  await expect(look(page, 'a red apple')).toBeVisible({ timeout: PATIENCE_MS });
  await generateButton(page).click();
  await expect(picture(page)).toBeVisible({ timeout: PATIENCE_MS });
  const [first] = await looks();
  await expect(page.locator('.facts')).toContainText(`Seed${first?.seed}`);
  await expect(look(page, 'a red apple')).toHaveCount(0);
});

test('a cancelled picture leaves the look where it was, and Generate then draws it', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  const looks = await watchLooks(page);
  await liveSwitch(page).check();
  await promptField(page).fill('a red apple');
  await expect(look(page, 'a red apple')).toBeVisible({ timeout: PATIENCE_MS });
  await slowDown(page, 300);
  await generateButton(page).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(look(page, 'a red apple')).toBeVisible({ timeout: PATIENCE_MS });
  await generateButton(page).click();
  await expect(picture(page)).toBeVisible({ timeout: PATIENCE_MS });
  const seeds = (await looks()).map(({ seed }) => seed);
  expect(seeds).toHaveLength(1);
  await expect(page.locator('.facts')).toContainText(`Seed${seeds[0]}`);
});

test('the next key and Generate both end a look that is on its way', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  const looks = await watchLooks(page);
  await liveSwitch(page).check();
  await slowDown(page, 500);
  await promptField(page).fill('a cat');
  await expect.poll(async () => (await looks()).length, { timeout: PATIENCE_MS }).toBe(1);
  await promptField(page).press('s');
  await expect.poll(async () => (await looks())[0]?.outcome).toBe('cancelled');
  await expect.poll(async () => (await looks()).length, { timeout: PATIENCE_MS }).toBe(2);
  await generateButton(page).click();
  await expect.poll(async () => (await looks())[1]?.outcome).toBe('cancelled');
  await expect(picture(page)).toHaveAttribute('alt', 'a cats', { timeout: PATIENCE_MS });
  expect(await looks()).toHaveLength(2);
});

test('looks start by themselves after a picture on a fast device, and the choice is remembered', async ({ page }) => {
  await page.addInitScript(() => sessionStorage.getItem('visited') ?? localStorage.removeItem('tessera-live-preview'));
  await openStudio(page, '?device=wasm');
  await page.evaluate(() => sessionStorage.setItem('visited', 'yes'));
  await expect(liveSwitch(page)).not.toBeChecked();
  await pretendTimes(page, 60_000);
  await draw(page, 'a bear');
  await expect(page.getByText(/^Live preview: off, since a first look would take about/)).toBeVisible();
  await expect(liveSwitch(page)).not.toBeChecked();
  await pretendTimes(page, 100);
  await draw(page, 'a cat');
  await expect(liveSwitch(page)).toBeChecked();
  await promptField(page).fill('a dog');
  await expect(look(page, 'a dog')).toBeVisible({ timeout: PATIENCE_MS });
  await page.getByRole('button', { name: /^a cat, seed/ }).click();
  await expect(picture(page)).toHaveAttribute('alt', 'a cat');
  await liveSwitch(page).uncheck();
  await page.reload();
  await pretendTimes(page, 100);
  await draw(page, 'a dog');
  await expect(liveSwitch(page)).not.toBeChecked();
});

declare function theTessera(): Tessera;

test.beforeEach(async ({ context }) => {
  await context.addInitScript(() => {
    Object.assign(window, { theTessera: () => Reflect.get(window, 'tessera') });
  });
});

async function watchLooks(page: Page): Promise<() => Promise<readonly Look[]>> {
  await page.evaluate(() => {
    const tessera = theTessera();
    const preview = tessera.preview.bind(tessera);
    const looks: Look[] = [];
    Object.assign(window, { looks });
    tessera.preview = async ({ prompt, seed, ...request }, options) => {
      const look: Look = { prompt, seed, outcome: null };
      looks.push(look);
      try {
        const file = await preview({ prompt, ...(seed !== undefined && { seed }), ...request }, options);
        look.outcome = 'shown';
        return file;
      } catch (error) {
        look.outcome = String(Reflect.get(error as object, 'code'));
        throw error;
      }
    };
  });
  return () => page.evaluate(() => Reflect.get(window, 'looks') as readonly Look[]);
}

/** The steps of each picture from now on are said to have taken so long: how fast this machine is must not matter here. */
async function pretendTimes(page: Page, denoise: number): Promise<void> {
  await page.evaluate((denoiseMs) => {
    const tessera = theTessera();
    const generate = tessera.generate.bind(tessera);
    tessera.generate = async (request, options) => {
      const answer = await generate(request, options);
      return { ...answer, timings_ms: { ...answer.timings_ms, text: 1, denoise: denoiseMs, decode: 1 } };
    };
  }, denoise);
}

/** Entries of the store of finished pictures. */
async function keptResults(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const open = indexedDB.open('tessera-results');
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
          const { result: database } = open;
          if (!database.objectStoreNames.contains('entries')) return resolve(0);
          const count = database.transaction('entries').objectStore('entries').count();
          count.onsuccess = () => resolve(count.result);
        };
      }),
  );
}

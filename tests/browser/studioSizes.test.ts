/** Large pictures in the page: a forecast, tiles that sharpen, a main thread that stays free, settings read back. */
import type { Page } from '@playwright/test';
import { longTasksMs } from './mainThread';
import { draw, expect, hashOf, openStudio, PATIENCE_MS, pictureUrl, promptField, test } from './support';

/** Until one without a long task. */
const MOST_RUNS = 6;

const forecast = (page: Page) => page.locator('.forecast');
const opened = (page: Page) => page.locator('.opened-line');

test('the forecast follows shape and size, and knows the time once a picture was drawn', async ({ page }) => {
  await openStudio(page);
  await expect(forecast(page)).toHaveText('1024 × 1024 px: drawn at 128 × 128, doubled 3 times, in one piece');
  await page.getByRole('radio', { name: '4K' }).check();
  await page.getByRole('radio', { name: '21:9' }).check();
  await expect(forecast(page)).toHaveText('6240 × 2656 px: drawn at 208 × 96, doubled 5 times, 21 tiles');
  await page.getByRole('radio', { name: '1K' }).check();
  await draw(page, 'a cat');
  await expect(forecast(page)).toHaveText(/, (under a second|about \d+ (s|min))$/);
});

test('a link opens the page with its size', async ({ page }) => {
  await openStudio(page, '?size=2K');
  await expect(page.getByRole('radio', { name: '2K' })).toBeChecked();
});

test('a 2K picture sharpens tile by tile, comes out whole, and the page never hangs', async ({ page }) => {
  await openStudio(page, '?size=2K&device=wasm&steps=2');
  await draw(page, 'a first one, to settle');
  const runs: number[][] = [];
  for (let run = 1; run <= MOST_RUNS && runs.at(-1)?.length !== 0; run++) {
    const painted = paintedTiles(page);
    runs.push(await longTasksMs(page, () => draw(page, `a cat ${run}`)));
    expect(await painted).toBe(4);
  }
  // The browser has its own work at times: what is ours comes back in every run.
  expect(runs, 'main-thread tasks over 50 ms').toContainEqual([]);
  await expect(page.locator('.facts')).toContainText('2048 × 2048');
  await expect(page.locator('.facts')).toContainText('doubled 4 times, 4 tiles');
});

test('a picture made here brings its settings back, and the same bytes with them', async ({ page }) => {
  await openStudio(page, '?size=2K&ratio=3:2&seed=11&steps=3');
  const url = await draw(page, 'a “red” <apple> & 🍎');
  const hash = await hashOf(page, url);
  await page.getByRole('radio', { name: '1:1' }).check();
  await page.getByRole('radio', { name: '1K' }).check();
  await promptField(page).fill('a robot');
  await dropFile(page, await pictureUrl(page));
  await expect(opened(page)).toHaveText('Settings taken from the picture: “a “red” <apple> & 🍎”, seed 11.');
  await expect(promptField(page)).toHaveValue('a “red” <apple> & 🍎');
  for (const name of ['3:2', '2K']) await expect(page.getByRole('radio', { name })).toBeChecked();
  expect(await hashOf(page, await draw(page, await promptField(page).inputValue()))).toBe(hash);
});

test('a file that was told nothing, and one from elsewhere, are said to hold no settings', async ({ page }) => {
  await openStudio(page);
  await page.getByText('More settings').click();
  await page.getByRole('checkbox', { name: /into the file/ }).uncheck();
  await draw(page, 'a cat');
  await promptField(page).fill('a robot');
  await dropFile(page, await pictureUrl(page));
  await expect(opened(page)).toHaveText('This file holds no settings of Tessera.');
  await page.locator('input[type=file][hidden]').setInputFiles({
    name: 'other.png',
    mimeType: 'image/png',
    buffer: Buffer.from('no picture at all'),
  });
  await expect(opened(page)).toHaveText('This file holds no settings of Tessera.');
  await expect(promptField(page)).toHaveValue('a robot');
});

async function dropFile(page: Page, url: string | null): Promise<void> {
  await page.evaluate(async (source) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([await (await fetch(source ?? '')).blob()], 'picture.png', { type: 'image/png' }));
    for (const type of ['dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }, url);
}

/** Tiles put on the preview, until the picture takes its place. */
async function paintedTiles(page: Page): Promise<number> {
  await page.evaluate(() => {
    const isCounting = Reflect.has(window, 'tilesPut');
    Object.assign(window, { tilesPut: 0 });
    if (isCounting) return;
    const put = CanvasRenderingContext2D.prototype.putImageData;
    CanvasRenderingContext2D.prototype.putImageData = function (...args: unknown[]) {
      const canvas = this.canvas as HTMLCanvasElement;
      if (canvas.className === 'preview-tiles')
        Object.assign(window, { tilesPut: Reflect.get(window, 'tilesPut') + 1 });
      Reflect.apply(put, this, args);
    };
  });
  await page.locator('.preview').waitFor({ state: 'visible', timeout: PATIENCE_MS });
  await page.locator('.preview').waitFor({ state: 'detached', timeout: PATIENCE_MS });
  return page.evaluate(() => Reflect.get(window, 'tilesPut') as number);
}

/** The studio's models: found in a list, added by address, got with pauses, drawn with, deleted. */
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { type ModelHost, startModelHost } from './modelHost';
import { addModel, card, dialog, modelField, openModels, SD_TURBO, useSdTurbo } from './studioModelsPage';
import { draw, expect, openStudio, PATIENCE_MS, test } from './support';

let host: ModelHost;

test.beforeAll(async () => {
  host = await startModelHost();
});

test.afterAll(() => host.close());

test('the list says size, licence and abilities; a restrictive licence comes before the first byte', async ({
  page,
}) => {
  await openStudio(page);
  await openModels(page);
  const sdxs = card(page, 'sdxs-512');
  await expect(sdxs).toContainText('0.9 GB · one step · starts from words · 1K, 2K, 4K, square only');
  await expect(sdxs.getByRole('link')).toContainText('OpenRAIL');
  await expect(sdxs.getByRole('button', { name: 'Get SDXS-512' })).toBeDisabled();
  await expect(sdxs.getByRole('button', { name: 'Import files… SDXS-512' })).toBeDisabled();
  await sdxs.getByRole('checkbox').check();
  await expect(sdxs.getByRole('button', { name: 'Get SDXS-512' })).toBeEnabled();
  await expect(card(page, 'pocket')).toContainText('part of this page');
  await expect(card(page, 'pocket').getByRole('button')).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the list has no accessibility violation, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await openStudio(page);
    await openModels(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations).toEqual([]);
  });
}

test('the list is not loaded before it is opened, and fits a narrow screen', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  await openStudio(page);
  expect(loaded.filter((url) => /modelsDialog/.test(url))).toEqual([]);
  await openModels(page);
  expect(loaded.filter((url) => /modelsDialog/.test(url))).not.toEqual([]);
  const excessPx = await dialog(page).evaluate((element) => element.scrollWidth - element.clientWidth);
  expect(excessPx).toBeLessThanOrEqual(0);
});

test('a model is got with a pause and a closed page in between, draws without a network, and is deleted', async ({
  page,
  context,
}) => {
  await openStudio(page);
  await openModels(page);
  await addModel(page, host);
  const release = await holdBack(page, 'vae_decoder');
  await card(page).getByRole('button', { name: /^Get/ }).click();
  await expect(card(page).getByRole('progressbar')).toBeVisible();
  await expect(card(page)).toContainText(/\d+ KB of \d+ KB/);
  await card(page)
    .getByRole('button', { name: /^Pause/ })
    .click();
  await expect(card(page)).toHaveAttribute('data-state', 'partial');
  await expect(dialog(page).getByRole('status')).toContainText('is paused');
  await release();

  await page.reload();
  await openModels(page);
  await expect(card(page)).toContainText(/\d+ KB of \d+ KB are here/);
  const before = host.asked.length;
  await card(page)
    .getByRole('button', { name: /^Resume/ })
    .click();
  await expect(card(page)).toHaveAttribute('data-state', 'complete');
  // What was here is not fetched again.
  expect(host.asked.slice(before)).not.toContain('sd-turbo/text_encoder/model.onnx');

  await page.keyboard.press('Escape');
  await modelField(page).selectOption(SD_TURBO);
  await expect(page.locator('.abilities')).toContainText('Replica of sd-turbo draws now');
  await draw(page, 'a red apple on a blue table');
  await expect(page.locator('.facts')).toContainText(SD_TURBO);
  await context.setOffline(true);
  await draw(page, 'a green apple');
  await context.setOffline(false);

  await openModels(page);
  await card(page)
    .getByRole('button', { name: /^Delete…/ })
    .click();
  await card(page).getByRole('button', { name: /^Keep/ }).click();
  await card(page)
    .getByRole('button', { name: /^Delete…/ })
    .click();
  await card(page)
    .getByRole('button', { name: /^Yes, delete/ })
    .click();
  await expect(card(page)).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(modelField(page)).toHaveValue('pocket');
});

test('everything about models works without a mouse', async ({ page }) => {
  await openStudio(page);
  await modelField(page).focus();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'More models…' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog(page)).toBeVisible();
  await tabTo(page, page.getByLabel(/Add a model by the address/));
  await page.keyboard.type(`${host.url}sd-turbo/manifest.json`);
  await page.keyboard.press('Enter');
  await expect(card(page)).toBeVisible();
  await tabTo(page, card(page).getByRole('button', { name: /^Get/ }));
  await page.keyboard.press('Enter');
  await expect(card(page)).toHaveAttribute('data-state', 'complete');
  await tabTo(page, card(page).getByRole('button', { name: /^Draw with it/ }));
  await page.keyboard.press('Enter');
  await expect(dialog(page)).toBeHidden();
  await expect(page.getByRole('textbox', { name: 'What should it draw?' })).toBeFocused();
  await expect(modelField(page)).toHaveValue(SD_TURBO);
  await page.getByRole('button', { name: 'More models…' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog(page)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await expect(page.getByRole('button', { name: 'More models…' })).toBeFocused();
});

test('what goes wrong is said beside the model, with another try', async ({ page, context }) => {
  await openStudio(page);
  await openModels(page);
  await addModel(page, host);
  await context.route('**/sd-turbo/unet/**', (route) => route.fulfill({ status: 404, body: 'gone' }));
  await card(page).getByRole('button', { name: /^Get/ }).click();
  await expect(card(page).getByRole('alert')).toContainText('404', { timeout: PATIENCE_MS });
  await context.unroute('**/sd-turbo/unet/**');
  await card(page)
    .getByRole('button', { name: /^Try again/ })
    .click();
  await expect(card(page)).toHaveAttribute('data-state', 'complete');
  await card(page)
    .getByRole('button', { name: /^Check/ })
    .click();
  await expect(dialog(page).getByRole('status')).toContainText('all as they were published');

  const address = page.getByLabel(/Add a model by the address/);
  await address.fill(`${host.url}nothing/model.json`);
  await address.press('Enter');
  await expect(page.locator('.add-model').getByRole('alert')).not.toBeEmpty();
});

test('files of a model are imported, and those that are missing are named', async ({ page }) => {
  await openStudio(page);
  await openModels(page);
  await addModel(page, host);
  const before = host.asked.length;
  const files = (...paths: string[]) => paths.map((path) => `tests/fixtures/replicas/sd-turbo/${path}/model.onnx`);
  await page
    .getByLabel('Import files of Replica of sd-turbo')
    .setInputFiles(files('text_encoder', 'unet', 'vae_encoder'));
  await expect(card(page).getByRole('alert')).toContainText('vae_decoder/model.onnx');
  await page.getByLabel('Import files of Replica of sd-turbo').setInputFiles(files('vae_decoder'));
  await expect(card(page)).toHaveAttribute('data-state', 'complete');
  expect(host.asked.slice(before)).toEqual([]);
});

test('a link and a picture bring their model back; where it is not here, they say so', async ({ page }) => {
  await openStudio(page);
  await useSdTurbo(page, host);
  const url = await draw(page, 'a red apple');
  const bytes = await page.evaluate(
    async (url) => Array.from(new Uint8Array(await (await fetch(url)).arrayBuffer())),
    url,
  );
  const file = { name: 'apple.png', mimeType: 'image/png', buffer: Buffer.from(bytes) };
  const opener = page.locator('.open-picture input');
  await modelField(page).selectOption('pocket');
  await opener.setInputFiles(file);
  await expect(modelField(page)).toHaveValue(SD_TURBO);

  await page.goto(`/?model=${SD_TURBO}&steps=2&prompt=a+star`);
  await expect(modelField(page)).toHaveValue(SD_TURBO, { timeout: PATIENCE_MS });
  await expect(page.locator('output[for="steps"]')).toHaveText('2');

  await page.evaluate(
    (id) =>
      (window as unknown as { tessera: { library: { remove(id: string): Promise<void> } } }).tessera.library.remove(id),
    SD_TURBO,
  );
  await expect(modelField(page)).toHaveValue('pocket');
  await opener.setInputFiles(file);
  await expect(page.locator('.opened-line')).toContainText(`Not available here: model ${SD_TURBO}`);
  await openStudio(page, '?model=sd-turbo');
  await expect(page.locator('.opened-line')).toContainText('for the model SD-Turbo, which is not on this machine');
});

/** Answers for a folder of the model come when they are released, if anybody waits for them still. */
async function holdBack(page: Page, folder: string): Promise<() => Promise<void>> {
  const url = `**/sd-turbo/${folder}/**`;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.context().route(url, async (route) => {
    await released;
    await route.continue().catch(() => {});
  });
  return async () => {
    release();
    await page.context().unroute(url);
  };
}

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('Tab never gets there.');
}

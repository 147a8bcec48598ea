/** The studio's models: found in a list, added by address, got, drawn with, deleted. */
import AxeBuilder from '@axe-core/playwright';
import { type ModelHost, startModelHost } from './modelHost';
import { expect, openStudio, test } from './support';

let host: ModelHost;

test.beforeAll(async () => {
  host = await startModelHost();
});

test.afterAll(() => host.close());

test('the list says size, licence and abilities, and has no accessibility violation', async ({ page }) => {
  await openStudio(page);
  await page.getByRole('button', { name: 'More models…' }).click();
  const sdxs = page.locator('[data-model="sdxs-512"]');
  await expect(sdxs).toContainText('0.9 GB · one step · square only');
  await expect(sdxs.getByRole('link')).toContainText('OpenRAIL');
  await expect(sdxs.getByRole('button', { name: 'Get SDXS-512' })).toBeDisabled();
  await sdxs.getByRole('checkbox').check();
  await expect(sdxs.getByRole('button', { name: 'Get SDXS-512' })).toBeEnabled();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
});

test('a model by address is got, draws, and is deleted', async ({ page }) => {
  await openStudio(page);
  await page.getByRole('button', { name: 'More models…' }).click();
  await page.getByLabel(/Add a model by the address/).fill(`${host.url}sd-turbo/manifest.json`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const card = page.locator('[data-model="custom-sd-turbo"]');
  await card.getByRole('button', { name: /^Get/ }).click();
  await expect(card).toHaveAttribute('data-state', 'complete');
  await card.getByRole('button', { name: /^Draw with it/ }).click();
  await expect(page.getByLabel('Model', { exact: true })).toHaveValue('custom-sd-turbo');
  await page.getByLabel('What should it draw?').fill('a red apple on a blue table');
  await page.getByRole('button', { name: /^Generate/ }).click();
  await expect(page.getByRole('img', { name: 'a red apple on a blue table' }).first()).toBeVisible({ timeout: 60_000 });
  await card.getByRole('button', { name: /^Delete/ }).click();
  await expect(card).toHaveCount(0);
  await expect(page.getByLabel('Model', { exact: true })).toHaveValue('pocket');
});

test('a model that starts from a picture gets one, how far to go, and a mask', async ({ page }) => {
  test.slow();
  await openStudio(page);
  await page.getByRole('button', { name: 'More models…' }).click();
  await page.getByLabel(/Add a model by the address/).fill(`${host.url}sd-turbo/manifest.json`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const card = page.locator('[data-model="custom-sd-turbo"]');
  await card.getByRole('button', { name: /^Get/ }).click();
  await card.getByRole('button', { name: /^Draw with it/ }).click();
  await page.getByLabel('Choose pictures…').setInputFiles('public/icon-192.png');
  await expect(page.getByRole('img', { name: 'icon-192.png' })).toBeVisible();
  await page.getByLabel('How far to go from it').fill('0.5');
  await page.getByLabel('What should it draw?').fill('a red apple');
  await page.getByRole('button', { name: /^Generate/ }).click();
  await expect(page.getByRole('img', { name: 'a red apple' }).first()).toBeVisible({ timeout: 60_000 });
});

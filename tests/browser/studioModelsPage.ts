/** What a user does with the list of models. */
import type { Page } from '@playwright/test';
import type { ModelHost } from './modelHost';
import { expect } from './support';

export const SD_TURBO = 'custom-sd-turbo';

export const dialog = (page: Page) => page.getByRole('dialog', { name: 'Models' });
export const card = (page: Page, id = SD_TURBO) => page.locator(`[data-model="${id}"]`);
export const modelField = (page: Page) => page.getByRole('combobox', { name: 'Model', exact: true });

export async function openModels(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'More models…' }).click();
  await expect(dialog(page)).toBeVisible();
}

export async function addModel(page: Page, host: ModelHost, replica = 'sd-turbo'): Promise<void> {
  await page.getByLabel(/Add a model by the address/).fill(`${host.url}${replica}/manifest.json`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(card(page, `custom-${replica}`)).toBeVisible();
}

export async function useSdTurbo(page: Page, host: ModelHost): Promise<void> {
  await openModels(page);
  await addModel(page, host);
  await card(page).getByRole('button', { name: /^Get/ }).click();
  await card(page)
    .getByRole('button', { name: /^Draw with it/ })
    .click();
  await expect(modelField(page)).toHaveValue(SD_TURBO);
}

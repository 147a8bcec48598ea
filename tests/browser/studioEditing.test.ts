/** Pictures that are changed and combined: a drawn one goes back in, others are brought along. */
import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import {
  draw,
  expect,
  generateButton,
  openStudio,
  PATIENCE_MS,
  picture,
  pictureUrl,
  promptField,
  test,
} from './support';

const ICON = 'public/icon-192.png';
const inputs = (page: Page) => page.getByRole('group', { name: /^Pictures to look at/ });
const slider = (page: Page) => page.getByRole('slider', { name: 'How much of the picture before the edit' });

test('a finished picture is edited by an instruction, and compared with what it was', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  const before = await draw(page, 'a red apple');
  await expect(slider(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await expect(promptField(page)).toBeFocused();
  await expect(promptField(page)).toHaveValue('');
  await expect(inputs(page).getByRole('img', { name: 'a red apple' })).toBeVisible();
  await expect(inputs(page)).toContainText('image 1');
  await page
    .getByRole('button', { name: /^make it / })
    .first()
    .click();
  await expect(promptField(page)).toHaveValue(/^make it \w+$/);
  await generateButton(page).click();
  await expect.poll(() => pictureUrl(page), { timeout: PATIENCE_MS }).not.toBe(before);

  await expect(page.getByRole('img', { name: 'Before' })).toBeHidden();
  await slider(page).focus();
  await page.keyboard.press('End');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', '100% before, 0% after');
  await expect(page.getByRole('img', { name: 'Before' })).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', '95% before, 5% after');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);

  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await expect(inputs(page).getByRole('img')).toHaveCount(1);
});

test('pictures are numbered, moved and removed by keyboard, and the focus is never lost', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  const icon = await readFile(ICON);
  const files = ['a', 'b', 'c'].map((name) => ({ name: `${name}.png`, mimeType: 'image/png', buffer: icon }));
  await page.getByLabel('Choose pictures…').setInputFiles(files);
  await expect(
    page.getByRole('button', { name: 'the object of image 1 in the style of image 2', exact: true }),
  ).toBeVisible();
  const names = () =>
    inputs(page)
      .getByRole('img')
      .evaluateAll((all) => all.map((image) => image.getAttribute('alt')));
  await page.getByRole('button', { name: 'Move a.png to place 2' }).press('Enter');
  expect(await names()).toEqual(['Picture 1: b.png', 'Picture 2: a.png', 'Picture 3: c.png']);
  await expect(page.getByRole('button', { name: 'Move a.png to place 3' })).toBeFocused();
  await page.keyboard.press('Enter');
  expect(await names()).toEqual(['Picture 1: b.png', 'Picture 2: c.png', 'Picture 3: a.png']);
  await page.getByRole('button', { name: 'Remove b.png' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Remove c.png' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(inputs(page).getByRole('img')).toHaveCount(0);
  await expect(page.getByLabel('Choose pictures…')).toBeFocused();
});

test('ten pictures are combined into one, and there is no room for an eleventh', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  const icon = await readFile(ICON);
  const files = Array.from({ length: 11 }, (_, at) => ({ name: `${at}.png`, mimeType: 'image/png', buffer: icon }));
  await page.getByLabel('Choose pictures…').setInputFiles(files);
  await expect(page.getByText('10 pictures taken. No room for 1 more.')).toBeAttached();
  await expect(page.getByText('No room for 1 more.', { exact: true })).toBeVisible();
  await expect(inputs(page).getByRole('img')).toHaveCount(10);
  await draw(page, 'the object of image 1 in the style of image 2 on the background of image 10');
  await expect(picture(page)).toBeVisible();
  await expect(slider(page)).toHaveCount(0);
});

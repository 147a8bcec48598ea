/** What the page says about words that Pocket has not learned. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, generateButton, openStudio, PATIENCE_MS, picture, promptField, test } from './support';

const hint = (page: Page) => page.locator('#prompt-hint');
const ABOUT_ZEPPELINS = 'Pocket does not know “zeppelin”. It may draw something else.';

test('a word that Pocket does not know is told once, when it is finished, and stops nobody', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  const said = await recordAnnouncements(page);
  await promptField(page).pressSequentially('a red zeppelin');
  await expect(hint(page)).not.toContainText('zeppel');
  await promptField(page).press('Space');
  await expect(hint(page)).toHaveText(ABOUT_ZEPPELINS);
  await promptField(page).pressSequentially('on a blue background ');
  await expect(hint(page)).toHaveText(ABOUT_ZEPPELINS);
  expect((await said()).filter((text) => text.includes('zeppelin'))).toEqual([ABOUT_ZEPPELINS]);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  await generateButton(page).click();
  await expect(picture(page)).toBeVisible({ timeout: PATIENCE_MS });
});

test('a pause and leaving the field finish a word too; a close word is one click away', async ({ page }) => {
  await openStudio(page, '?device=wasm');
  await promptField(page).pressSequentially('a houze');
  await expect(hint(page)).toHaveText('Pocket does not know “houze”. It may draw something else.');
  await page.getByRole('button', { name: 'house instead of “houze”' }).click();
  await expect(promptField(page)).toHaveValue('a house');
  await expect(promptField(page)).toBeFocused();
  await expect(hint(page)).not.toContainText('does not know');
});

/** What the page's live region says from now on. */
async function recordAnnouncements(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const texts: string[] = [];
    Object.assign(window, { texts });
    const region = document.querySelector('.page > [role="status"]');
    if (!region) throw new Error('The page has no live region.');
    new MutationObserver(() => texts.push(region.textContent ?? '')).observe(region, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  return () => page.evaluate(() => Reflect.get(window, 'texts') as string[]);
}

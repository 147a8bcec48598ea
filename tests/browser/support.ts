/** The product with the tiny model in place of the real one, and what a user does with it. */
import { type BrowserContext, test as base, expect, type Locator, type Page } from '@playwright/test';

/** Compiling the runtime takes seconds, and much longer on a busy machine. */
export const PATIENCE_MS = 60_000;

const TINY = 'tests/fixtures/tiny-pocket';

/** Answers every request for Pocket's files with the tiny model's. Later routes on the same context come first. */
export async function routeTinyPocket(context: BrowserContext): Promise<void> {
  await context.route('**/models/pocket/**', (route) => {
    const file = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
    return route.fulfill({ path: `${TINY}/${file}` });
  });
}

/** Every context draws with the tiny model, and only what it is told to: first looks have tests of their own. */
export const test = base.extend({
  context: async ({ context }, use) => {
    await routeTinyPocket(context);
    await context.addInitScript(() => {
      // Some tests take the storage away.
      try {
        localStorage['tessera-live-preview'] ??= 'off';
      } catch {}
    });
    await use(context);
  },
});

test.beforeEach(() => test.setTimeout(3 * PATIENCE_MS));

export { expect };

/** Opens the page and waits until the model is loaded. */
export async function openStudio(page: Page, query = ''): Promise<void> {
  await page.goto(`/${query}`);
  await expect(page.locator('.status-strip')).toContainText('Ready', { timeout: PATIENCE_MS });
}

export const promptField = (page: Page): Locator => page.getByRole('textbox', { name: 'What should it draw?' });
export const generateButton = (page: Page): Locator => page.getByRole('button', { name: /^(Generate|Drawing…)$/ });
export const cancelButton = (page: Page): Locator => page.getByRole('button', { name: 'Cancel' });
export const picture = (page: Page): Locator => page.locator('img.picture');
export const problem = (page: Page): Locator => page.getByRole('alert').filter({ has: page.getByRole('heading') });
export const notice = (page: Page, code: string): Locator => page.locator(`.notice[data-code="${code}"]`);

/** Types a prompt, generates, and waits for a new picture; gives its `blob:` URL. */
export async function draw(page: Page, prompt: string): Promise<string> {
  const before = await pictureUrl(page);
  await promptField(page).fill(prompt);
  await generateButton(page).click();
  await expect.poll(() => pictureUrl(page), { timeout: PATIENCE_MS }).not.toBe(before);
  await expect.poll(() => pictureUrl(page), { timeout: PATIENCE_MS }).not.toBeNull();
  return (await pictureUrl(page)) ?? '';
}

export async function pictureUrl(page: Page): Promise<string | null> {
  const image = picture(page);
  return (await image.count()) === 0 ? null : image.getAttribute('src');
}

/** SHA-256 of what a URL of the page holds. */
export async function hashOf(page: Page, url: string): Promise<string> {
  return page.evaluate(async (source) => {
    const bytes = await (await fetch(source)).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }, url);
}

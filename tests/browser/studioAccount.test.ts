/** What the studio tells about costs, and what it offers to code: panels that load when they are unfolded. */
import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { draw, expect, openStudio, PATIENCE_MS, test } from './support';

declare const window: { readonly tessera: Tessera };

const unfold = (page: Page, title: string) => page.locator('summary').getByText(title, { exact: true }).click();
const figure = (page: Page, name: string) =>
  page
    .locator('.figures div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('dd');

test('usage tells the balance, fills it up, and saves what was drawn', async ({ page }) => {
  await openStudio(page);
  await unfold(page, 'Usage');
  await expect(figure(page, 'Balance')).toHaveText('$10.00');
  await expect(page.getByText('Nothing drawn yet.')).toBeVisible();

  await draw(page, 'a red apple');
  await expect(page.locator('.entries tbody tr')).toHaveCount(1);
  await expect(figure(page, 'Not spent')).toHaveText('$0.04');
  await page.evaluate(() => window.tessera.images.generate({ model: 'seedream-4-5', prompt: 'a star', steps: 1 }));
  await draw(page, 'a cat');
  await expect(figure(page, 'Balance')).toHaveText('$9.96');
  await expect(figure(page, 'Today')).toHaveText('$0.04');
  await expect(figure(page, 'This month')).toHaveText('$0.04');

  await page.getByRole('button', { name: 'Add $10 of credits' }).click();
  await expect(figure(page, 'Balance')).toHaveText('$19.96');

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  const lines = (await readFile(await (await saved).path(), 'utf8')).trim().split('\n');
  const kinds = lines.map((line) => line.split(',')[1]);
  expect(kinds).toEqual(['kind', 'credit_free', 'charge', 'charge', 'charge', 'credit_top_up']);
});

test('a key is made, copied once, and revoked', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openStudio(page);
  await unfold(page, 'API keys');
  await page.getByRole('button', { name: 'Create a key' }).click();
  const secret = await page.getByLabel('Your new key').inputValue();
  expect(secret).toMatch(/^sk_/);
  await page.getByRole('button', { name: 'Copy key' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);

  await page.reload();
  await unfold(page, 'API keys');
  await expect(page.locator('.key-list li')).toHaveCount(1);
  await expect(page.getByLabel('Your new key')).toHaveCount(0);
  await page.getByRole('button', { name: /^Revoke/ }).click();
  await expect(page.locator('.key-list li')).toHaveCount(0);
});

test('code to copy names this very place', async ({ page, context, baseURL }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openStudio(page);
  await unfold(page, 'Use from code');
  await expect(page.locator('.code-example')).toHaveCount(5);
  await page.getByRole('button', { name: /A page of this site/ }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`${baseURL}client.js`);
});

test('credits set aside for running work cannot be spent twice; cancelled work gives them back', async ({ page }) => {
  await openStudio(page);
  const result = await page.evaluate(async () => {
    const { images, billing } = window.tessera;
    const stop = new AbortController();
    const dollarsEach = 0.4;
    const request = { model: 'seedream-4-5', prompt: 'a star', n: 10 };
    const running = Array.from({ length: 10 / dollarsEach }, () => images.generate(request, { signal: stop.signal }));
    const settled = Promise.allSettled(running);
    const oneMore = await images.generate({ ...request, n: 1 }).catch((error) => error.code);
    stop.abort();
    await settled;
    const { usage } = await images.generate({ ...request, n: 1, steps: 1 });
    return { oneMore, paid: usage.total_cost, left: (await billing.balance()).balance };
  });
  expect(result).toEqual({ oneMore: 'quota_exceeded', paid: 0.04, left: '9.96' });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no accessibility violation in any panel, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openStudio(page);
    await draw(page, 'a red apple');
    for (const title of ['Usage', 'Use from code', 'API keys']) await unfold(page, title);
    await page.getByRole('button', { name: 'Create a key' }).click();
    await expect(page.getByLabel('Your new key')).toBeVisible();
    await expect(page.locator('.entries')).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
  });
}

test('nothing of the panels sticks out of a narrow screen', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openStudio(page);
  await draw(page, 'a red apple');
  for (const title of ['Usage', 'Use from code', 'API keys']) await unfold(page, title);
  await page.getByRole('button', { name: 'Create a key' }).click();
  await expect(page.locator('.entries')).toBeVisible();
  const sticking = await page.evaluate(() =>
    Array.from(document.querySelectorAll('.account *'))
      .filter((element) => !element.closest('.visually-hidden, .code'))
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
      .map((element) => element.outerHTML.slice(0, 80)),
  );
  expect(sticking).toEqual([]);
});

test('panels are reached and used by keyboard alone', async ({ page }) => {
  await openStudio(page);
  await page.locator('summary').getByText('API keys', { exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Create a key' })).toBeVisible({ timeout: PATIENCE_MS });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Your new key')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: /^Copy/ }).first()).toBeFocused();
});

test('nothing of the panels is loaded before they are unfolded', async ({ page }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await openStudio(page);
  expect(loaded.filter((path) => /panel/i.test(path))).toEqual([]);
  await unfold(page, 'Usage');
  await expect(figure(page, 'Balance')).toBeVisible();
  expect(loaded.filter((path) => /usagePanel/.test(path))).toHaveLength(1);
});

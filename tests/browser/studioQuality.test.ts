/** What users feel without seeing a feature: accessible, private, responsive, steady. */

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { slowDown } from '../slowWorker';
import { longTasksMs } from './mainThread';
import { draw, expect, generateButton, openStudio, PATIENCE_MS, picture, problem, promptField, test } from './support';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no accessibility violation in any state, ${colorScheme}`, async ({ page, context }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openStudio(page);
    await page.getByText('More settings').click();
    await page.getByText(/^All words/).click();
    expect(await violations(page), 'idle').toEqual([]);

    await generateButton(page).click();
    expect(await violations(page), 'refused prompt').toEqual([]);

    await slowDown(page, 700);
    await promptField(page).fill('a red apple');
    await generateButton(page).click();
    await expect(page.locator('.preview')).toBeVisible({ timeout: PATIENCE_MS });
    expect(await violations(page), 'running').toEqual([]);
    await expect(picture(page)).toBeVisible({ timeout: PATIENCE_MS });
    expect(await violations(page), 'done').toEqual([]);

    await context.route('**/models/pocket/**', (route) => route.fulfill({ status: 404 }));
    await page.evaluate(async () => {
      for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name ?? '');
    });
    await page.reload();
    await expect(problem(page)).toBeVisible({ timeout: PATIENCE_MS });
    expect(await violations(page), 'error').toEqual([]);
  });
}

test('nothing leaves the origin, and the content security policy is never touched', async ({ page, context }) => {
  const foreign: string[] = [];
  const complaints: string[] = [];
  const origin = () => new URL(test.info().project.use.baseURL ?? '').origin;
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== origin()) foreign.push(request.url());
  });
  context.on('console', (message) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) complaints.push(message.text());
  });
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective}`));
  });
  await openStudio(page);
  await draw(page, 'a yellow banana');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a picture is drawn without one long task on the main thread', async ({ page }) => {
  await openStudio(page);
  await draw(page, 'a first one, to settle');
  const runs: number[][] = [];
  for (const prompt of ['a cat', 'a dog', 'a star']) runs.push(await longTasksMs(page, () => draw(page, prompt)));
  // The browser has its own work at times: what is ours comes back in every run.
  expect(runs, 'main-thread tasks over 50 ms').toContainEqual([]);
});

test('the layout holds still from the first paint to the picture', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.addInitScript(() => {
    const shifts: { value: number; moved: string[] }[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as LayoutShift[]) {
        const moved = entry.sources.map(({ node }) =>
          node instanceof Element ? node.className : (node?.textContent ?? ''),
        );
        if (!entry.hadRecentInput) shifts.push({ value: entry.value, moved });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await openStudio(page);
  await draw(page, 'a red apple');
  const shifts = await page.evaluate(() => Reflect.get(window, 'shifts') as { value: number; moved: string[] }[]);
  expect(shifts.filter(({ value }) => value > 0.005)).toEqual([]);
});

/** Part of the Layout Instability API, which TypeScript's own types leave out. */
interface LayoutShift {
  readonly value: number;
  readonly hadRecentInput: boolean;
  readonly sources: readonly { readonly node: Node | null }[];
}

for (const width of [360, 768, 1280]) {
  test(`nothing sticks out at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 740 });
    await openStudio(page);
    await page.getByText('More settings').click();
    await draw(page, `a ${'very'.repeat(60)} red apple`);
    const sticking = await page.evaluate(() =>
      Array.from(document.querySelectorAll('body *'))
        .filter((element) => !element.closest('.visually-hidden'))
        .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
        .map((element) => element.className),
    );
    expect(sticking).toEqual([]);
  });
}

test('with reduced motion nothing is animated', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openStudio(page);
  await slowDown(page, 300);
  await promptField(page).fill('a star');
  await generateButton(page).click();
  await expect(page.getByRole('progressbar')).toBeVisible();
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('screen readers hear the end, and not every percent', async ({ page }) => {
  await openStudio(page);
  await page.evaluate(() => {
    const spoken: string[] = [];
    Object.assign(window, { spoken });
    const region = document.querySelector('p[role="status"]');
    if (region)
      new MutationObserver(() => spoken.push(region.textContent ?? '')).observe(region, {
        subtree: true,
        childList: true,
        characterData: true,
      });
  });
  await draw(page, 'a heart');
  await expect(page.locator('p[role="status"]')).toContainText('The picture is ready. Seed');
  const spoken = await page.evaluate(() => Reflect.get(window, 'spoken') as string[]);
  expect(spoken.length).toBeLessThanOrEqual(8);
});

async function violations(page: Page) {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`);
}

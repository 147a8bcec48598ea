/** What the service worker keeps: finished pictures with no page open, and the app itself, through updates and without a network. */

import { expect, type Page, test } from '@playwright/test';
import { slowDown } from '../slowWorker';
import {
  ask,
  type EngineWindow,
  openElsewhere,
  openEngine,
  type ProductSite,
  pendingIn,
  startProductSite,
} from './serviceWorkerSite';
import { draw, PATIENCE_MS } from './support';

test.use({ serviceWorkers: 'allow' });
test.beforeEach(() => test.setTimeout(3 * PATIENCE_MS));

let site: ProductSite;
let base: string;
test.beforeEach(async () => {
  site = await startProductSite();
  base = `${site.origin}/`;
});
test.afterEach(() => site.close());

test.describe('a finished picture, with no engine open', () => {
  let other: Page;
  let link: string;
  test.beforeEach(async ({ page, context }) => {
    await openEngine(page, base);
    other = await context.newPage();
    await openElsewhere(other, base);
    link = (await ask(other, { steps: 1, output_format: 'png' })).urls[0] ?? '';
    await page.close();
  });

  test('loads whole, in parts, and by its head alone', async () => {
    const answers = await other.evaluate(async (url) => {
      const get = async (init?: RequestInit) => {
        const response = await fetch(url, init);
        const size = (await response.arrayBuffer()).byteLength;
        const header = (name: string) => response.headers.get(name);
        return {
          status: response.status,
          size,
          length: Number(header('content-length')),
          range: header('content-range'),
        };
      };
      const range = (text: string) => get({ headers: { range: text } });
      return {
        whole: await get(),
        head: await get({ method: 'HEAD' }),
        part: await range('bytes=1-3'),
        beyond: await range('bytes=999999999-'),
      };
    }, link);
    const { size } = answers.whole;
    expect(answers).toEqual({
      whole: { status: 200, size, length: size, range: null },
      head: { status: 200, size: 0, length: size, range: null },
      part: { status: 206, size: 3, length: 3, range: `bytes 1-3/${size}` },
      beyond: { status: 416, size: 0, length: 0, range: `bytes */${size}` },
    });
  });

  test('shows in a tab of its own, and is not there for a wrong signature', async () => {
    const wrong = await other.evaluate(async (url) => {
      const response = await fetch(`${url.slice(0, -4)}0000`);
      return { status: response.status, code: (await response.json()).error.code };
    }, link);
    expect(wrong).toEqual({ status: 404, code: 'not_found' });
    await other.goto(link);
    expect(await other.evaluate(() => document.images[0]?.naturalWidth)).toBe(1024);
  });
});

test('the app starts and draws after one visit when its server is gone', async ({ page, context }) => {
  await openEngine(page, base);
  await site.close();
  await page.reload();
  await expect(page.locator('.status-strip')).toContainText('Ready', { timeout: PATIENCE_MS });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await draw(page, 'a red apple');
  expect(await ask(page, { steps: 1 })).toMatchObject({ status: 200 });

  // Neither the service worker nor the engine's own remembers anything: both start anew.
  const session = await context.newCDPSession(page);
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.stopAllWorkers');
  await page.evaluate(async () => {
    const { tessera } = window as unknown as EngineWindow;
    tessera.useDevice('auto');
    await tessera.ready();
  });
  await draw(page, 'a blue apple');

  await page.goto(`${base}index.html?prompt=a%20cat`);
  await expect(page.locator('.status-strip')).toContainText('Ready', { timeout: PATIENCE_MS });
  await page.goto(`${base}embed.html`);
  await expect(page.locator('#status')).toHaveText(/embed/);
});

test('keeps one build of the runtime, and no weights', async ({ page }) => {
  await openEngine(page, base);
  const paths = await page.evaluate(async () => {
    const found: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
    }
    return found;
  });
  expect(paths.filter((path) => path.startsWith('/ort/'))).toHaveLength(2);
  expect(paths.filter((path) => path.startsWith('/models/'))).toEqual(['/models/pocket/vocabulary.json']);
});

test('a new release shows with the next reload; its worker waits until the old pages are closed', async ({
  page,
  context,
}) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  await slowDown(page, 300);
  const running = ask(other, { steps: 8 });
  await expect.poll(() => pendingIn(page)).toBe(1);
  site.changes.set('service-worker.js', (text) => `${text}\n// The next release.`);
  site.changes.set('index.html', (text) => text.replace(/<title>/, '<title>Next: '));
  await updateWorker(page);
  expect(await running).toMatchObject({ status: 200 });

  // The new page under the old worker.
  await page.reload();
  await expect(page).toHaveTitle(/^Next: /);
  await expect(page.locator('.status-strip')).toContainText('Ready', { timeout: PATIENCE_MS });
  expect(await isWaiting(page)).toBe(true);
  expect(await ask(other, { steps: 1 })).toMatchObject({ status: 200 });

  await page.close();
  // Which start is the next one depends on when the browser has put the old pages away. One that falls into that moment
  // was seen to get nothing, on a machine with much else to do: as for a user, the next start must work. Without a limit
  // of its own the first one would be waited for until the end.
  other.setDefaultNavigationTimeout(PATIENCE_MS / 3);
  await expect(async () => {
    await other.goto('about:blank');
    await openEngine(other, base);
    expect(await isWaiting(other)).toBe(false);
  }).toPass({ timeout: 2 * PATIENCE_MS });
  expect(await ask(other, { steps: 1 })).toMatchObject({ status: 200 });
});

test('an old page under a new worker draws on', async ({ page, context }) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  // Ours never does this, but pages that no worker controls do not hold a new one up.
  site.changes.set('service-worker.js', (text) => `${text}\nself.skipWaiting();`);
  await page.evaluate(async () => {
    const taken = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
    });
    await (await navigator.serviceWorker.getRegistration())?.update();
    await taken;
  });
  expect(await ask(other, { steps: 1 })).toMatchObject({ status: 200 });
  await draw(page, 'a red apple');
});

/** Resolves when the new worker is installed and waits. */
async function updateWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration?.update();
  });
  await expect.poll(() => isWaiting(page), { timeout: PATIENCE_MS }).toBe(true);
}

function isWaiting(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return registration?.waiting != null;
  });
}

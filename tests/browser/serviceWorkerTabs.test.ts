/** Which page answers for other tabs, and what they hear when it goes away. */

import { expect, test } from '@playwright/test';
import { slowDown } from '../slowWorker';
import { ask, openElsewhere, openEngine, type ProductSite, pendingIn, startProductSite } from './serviceWorkerSite';
import { PATIENCE_MS } from './support';

test.use({ serviceWorkers: 'allow' });
test.beforeEach(() => test.setTimeout(3 * PATIENCE_MS));

/** Slow enough for a page to leave meanwhile. */
const BUSY_MS = 700;

let site: ProductSite;
let base: string;
test.beforeEach(async () => {
  site = await startProductSite(['/', '/below/']);
  base = `${site.origin}/`;
});
test.afterEach(async () => {
  await site.close();
  expect(site.requests.filter((path) => /\/(v1|v2|docs|openapi\.json)\b/.test(path))).toEqual([]);
});

test('another tab is answered with a picture that loads there, and its job is billed once', async ({
  page,
  context,
}) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  const { status, urls } = await ask(other, { model: 'seedream-4-5', aspect_ratio: '16:9', steps: 1 });
  expect(status).toBe(200);
  const size = await other.evaluate(async (src) => {
    const image = Object.assign(new Image(), { src });
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  }, urls[0] ?? '');
  expect(size).toEqual([2848, 1600]);
  const balance = await other.evaluate(async () => {
    const response = await fetch('v2/billing/balance', { headers: { authorization: 'Bearer sk_tab' } });
    return Number((await response.json()).balance);
  });
  expect(balance).toBe(9.96);
});

test('previews come while the job runs, and leaving the stream cancels it', async ({ page, context }) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  await slowDown(page, BUSY_MS);
  const begun = await other.evaluate(async () => {
    const response = await fetch('v2/images/generations', {
      method: 'POST',
      headers: { authorization: 'Bearer sk_tab', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'pocket', prompt: 'a cat', stream: true, steps: 8 }),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('partial_image')) text += (await reader?.read())?.value ?? '';
    Object.assign(window, { leave: () => reader?.cancel() });
    return { status: response.status, type: response.headers.get('content-type'), text };
  });
  expect(begun).toMatchObject({ status: 200, type: 'text/event-stream' });
  expect(begun.text).not.toContain('completed');
  expect(await pendingIn(page)).toBe(1);
  await other.evaluate(() => (window as unknown as { readonly leave: () => Promise<void> }).leave());
  await expect.poll(() => pendingIn(page), { timeout: 10 * BUSY_MS }).toBe(0);
});

test('closing the page that draws is a 503 for who waits', async ({ page, context }) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  await slowDown(page, BUSY_MS);
  const waiting = ask(other, { steps: 8 });
  await expect.poll(() => pendingIn(page)).toBe(1);
  await page.close();
  expect(await waiting).toMatchObject({ status: 503, code: 'engine_unavailable' });
  expect(await ask(other)).toMatchObject({ status: 503, code: 'engine_unavailable', retryAfter: '5' });
});

test('a stream breaks off when the page that draws is closed', async ({ page, context }) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  await slowDown(page, BUSY_MS);
  const reading = other.evaluate(async () => {
    const response = await fetch('v2/images/generations', {
      method: 'POST',
      headers: { authorization: 'Bearer sk_tab', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'pocket', prompt: 'a cat', stream: true, steps: 8 }),
    });
    Object.assign(window, { streaming: true });
    return response.text().catch((error: Error) => error.name);
  });
  await other.waitForFunction(() => 'streaming' in window);
  await page.close();
  expect(await reading).toBe('TypeError');
});

test('closing the tab that asked cancels its job, though there were no headers yet', async ({ page, context }) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  await slowDown(page, BUSY_MS);
  const jobs = [ask(other, { steps: 8 }), ask(other, { steps: 8, n: 4 })];
  await expect.poll(() => pendingIn(page)).toBe(2);
  await other.close();
  await Promise.allSettled(jobs);
  await expect.poll(() => pendingIn(page), { timeout: 10 * BUSY_MS }).toBe(0);
});

test('of two pages the one that draws already is asked', async ({ page, context }) => {
  const idle = await context.newPage();
  await openEngine(idle, base);
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  await slowDown(page, BUSY_MS / 4);
  const first = page.evaluate(async () => {
    const { tessera } = window as unknown as import('./serviceWorkerSite').EngineWindow;
    return (await tessera.images.generate({ model: 'pocket', prompt: 'a cat', steps: 4 })).status;
  });
  await expect.poll(() => pendingIn(page)).toBe(1);
  const second = ask(other, { steps: 1 });
  await expect.poll(() => pendingIn(page)).toBe(2);
  expect(await pendingIn(idle)).toBe(0);
  await Promise.all([first, second]);
  await page.close();
  expect(await ask(other, { steps: 1 })).toMatchObject({ status: 200 });
});

test('pages of another deployment on the same origin are not asked', async ({ page, context }) => {
  await openEngine(page, `${base}below/`);
  const above = await context.newPage();
  await openEngine(above, base);
  await openElsewhere(above, base);
  expect(await ask(above)).toMatchObject({ status: 503, code: 'engine_unavailable' });

  const below = await context.newPage();
  await openElsewhere(below, `${base}below/`);
  const { status, urls } = await ask(below);
  expect(status).toBe(200);
  expect(urls[0]).toContain(`${base}below/v2/downloads/`);
});

test('a page of another version is not asked, and the answer says what to do', async ({ page, context }) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  site.changes.set('index.html', () => '<!doctype html>');
  await page.reload();
  await page.evaluate(() => {
    navigator.serviceWorker.addEventListener('message', ({ ports: [reply] }) =>
      reply?.postMessage({ version: 2, pending: 0 }),
    );
    navigator.serviceWorker.startMessages();
  });
  const { status, code, message } = await ask(other);
  expect([status, code]).toEqual([503, 'engine_unavailable']);
  expect(message).toContain('updated');
});

test('a page reloaded past the worker comes back under its control', async ({ page, context }) => {
  await openEngine(page, base);
  const session = await context.newCDPSession(page);
  const loaded = page.waitForEvent('load');
  await session.send('Page.reload', { ignoreCache: true });
  await loaded;
  expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: PATIENCE_MS });
  expect(await ask(page, { steps: 1 })).toMatchObject({ status: 200 });
});

test('whatever the method, the network is not asked; errors come as the page words them', async ({ page, context }) => {
  await openEngine(page, base);
  const other = await context.newPage();
  await openElsewhere(other, base);
  const statuses = await other.evaluate(async () => {
    const status = async (path: string, method: string) => {
      const headers = { authorization: 'Bearer sk_tab' };
      return (await fetch(path, { method, headers })).status;
    };
    return [
      await status('v2/models', 'GET'),
      await status('v2/models', 'HEAD'),
      await status('v2/models', 'OPTIONS'),
      await status('v1/images/generations', 'PATCH'),
      await status('v2', 'GET'),
      await status('openapi.json', 'GET'),
    ];
  });
  expect(statuses).toEqual([200, 200, 405, 405, 404, 200]);
  expect(await ask(other, { aspect_ratio: '5:7' })).toMatchObject({ status: 400, code: 'invalid_parameter' });
  await other.goto(`${base}docs`);
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('Tessera API');
});

/** Finished pictures in a real browser: reloads, other tabs, the service worker, expiry, storage that is blocked or full. */
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import type { PageResults, ResultsOptions } from '../../src/results/results';
import { crash } from './interruptions';
import { blockedFrame, insecurePage, limitStorage } from './storageTrouble';
import { BLANK } from './weightsInPage';

declare global {
  var results: PageResults;
  var clockMs: number;
}

type Target = Pick<Page, 'evaluate'>;
type Options = Pick<ResultsOptions, 'maxBytes' | 'lifeS'>;

const NOON = Date.parse('2026-11-23T12:00:00Z');
const DAY_MS = 86_400_000;

/** Runs in the page. Its clock stands still until it is set. */
async function openInPage({ atMs, ...options }: Options & { readonly atMs: number }) {
  const { openResults } = await import('/src/results/results.ts');
  globalThis.clockMs = atMs;
  globalThis.results = openResults({ ...options, nowMs: () => globalThis.clockMs });
}

/** Runs in the page. Random bytes: zeros would take no room. */
async function saveInPage({ id, sizeBytes }: { readonly id: string; readonly sizeBytes: number }) {
  const pieces = Array.from({ length: Math.ceil(sizeBytes / 65_536) }, (_, piece) =>
    crypto.getRandomValues(new Uint8Array(Math.min(65_536, sizeBytes - piece * 65_536))),
  );
  const { path } = await results.save({ id, index: 0, blob: new Blob(pieces, { type: 'image/webp' }) });
  const url = new URL(path, location.origin);
  return { id, index: '0', exp: url.searchParams.get('exp') ?? '', sig: url.searchParams.get('sig') ?? '' };
}

type Link = Awaited<ReturnType<typeof saveInPage>>;

async function tab(context: BrowserContext, options: Partial<Parameters<typeof openInPage>[0]> = {}): Promise<Page> {
  const page = await context.newPage();
  await page.goto(BLANK);
  await page.evaluate(openInPage, { atMs: NOON, ...options });
  return page;
}

const save = (page: Target, id: string, sizeBytes = 1000) => page.evaluate(saveInPage, { id, sizeBytes });

/** The size of the picture, or the code of the error. */
const open = (page: Target, link: Link) =>
  page.evaluate(async (link) => {
    const opened = results.open(link).then(async (blob) => (await blob.arrayBuffer()).byteLength);
    return opened.catch(({ code }: { code: string }) => code);
  }, link);

/** How many pictures lie on the disk. */
const stored = (page: Target) =>
  page.evaluate(async () => {
    const { openShelf } = await import('/src/results/resultStore.ts');
    return (await openShelf().keys()).length;
  });

const inMemory = (page: Target) => page.evaluate(() => results.inMemory);

test.use({ serviceWorkers: 'allow' });

test('a link opens after a reload, in another tab, and after the tab that drew crashed', async ({ context }) => {
  const page = await tab(context);
  const link = await save(page, 'req-1');
  await page.reload();
  await page.evaluate(openInPage, { atMs: NOON });
  expect(await open(page, link)).toBe(1000);
  await crash(page);
  const other = await tab(context);
  expect(await open(other, link)).toBe(1000);
  expect(await open(other, { ...link, sig: link.sig.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) })).toBe(
    'not_found',
  );
  expect(await inMemory(other)).toBe(false);
});

test('two tabs that both sign their first link share one secret', async ({ context }) => {
  const [quick, slow] = [await tab(context), await tab(context)];
  // The slow one has found no secret and is making one while the quick one makes, keeps and uses its own.
  await slow.evaluate(() => {
    const { generateKey } = SubtleCrypto.prototype;
    SubtleCrypto.prototype.generateKey = async function (...args: unknown[]) {
      console.log('making a secret');
      await new Promise((resolve) => Reflect.set(globalThis, 'goOn', resolve));
      return Reflect.apply(generateKey, this, args);
    };
  });
  const making = slow.waitForEvent('console', (message) => message.text() === 'making a secret');
  const slowLink = save(slow, 'req-1');
  await making;
  const links = [await save(quick, 'req-2')];
  await slow.evaluate(() => Reflect.get(globalThis, 'goOn')());
  links.push(await slowLink);
  for (const page of [quick, slow]) for (const link of links) expect(await open(page, link)).toBe(1000);
});

test('the secret is stored, and no script can read it', async ({ context }) => {
  const page = await tab(context);
  await save(page, 'req-1');
  const outcome = await page.evaluate(async () => {
    const { openSecretStore } = await import('/src/results/secretStore.ts');
    const secret = await openSecretStore().secret();
    const exported = await crypto.subtle.exportKey('raw', secret).catch(({ name }: Error) => name);
    return { extractable: secret.extractable, usages: secret.usages, exported };
  });
  expect(outcome).toEqual({ extractable: false, usages: ['sign', 'verify'], exported: 'InvalidAccessError' });
});

test('the service worker opens a link that a page has signed', async ({ context }) => {
  const page = await tab(context, { atMs: Date.now() });
  const link = await save(page, 'req-1', 10);
  const ask = (link: Link) =>
    page.evaluate(async (link) => {
      await navigator.serviceWorker.register('/tests/browser/workers/results.worker.ts', {
        type: 'module',
        scope: '/tests/browser/workers/',
      });
      const [registration] = await navigator.serviceWorker.getRegistrations();
      const worker = registration?.installing ?? registration?.waiting ?? registration?.active;
      const { port1, port2 } = new MessageChannel();
      return new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
        worker?.postMessage(link, [port2]);
      });
    }, link);
  expect(await ask(link)).toMatchObject({ type: 'image/webp', hasWindow: false });
  expect(await ask({ ...link, id: 'req-2' })).toEqual({ code: 'not_found' });
});

test('what has expired opens no more and leaves the disk', async ({ context }) => {
  const page = await tab(context);
  const link = await save(page, 'req-1');
  expect(await stored(page)).toBe(1);
  await page.evaluate((atMs) => {
    globalThis.clockMs = atMs;
  }, NOON + DAY_MS);
  expect(await open(page, link)).toBe('not_found');
  const later = await tab(context, { atMs: NOON + DAY_MS });
  await expect.poll(() => stored(later)).toBe(0);
});

test('what expires while the page is open leaves the disk by itself', async ({ context }) => {
  const page = await tab(context);
  await page.evaluate(async () => {
    const { openResults } = await import('/src/results/results.ts');
    globalThis.results = openResults({ lifeS: 1 });
  });
  await save(page, 'req-1');
  await expect.poll(() => stored(page)).toBe(0);
});

test('the disk is bounded: the oldest picture goes first', async ({ context }) => {
  const page = await tab(context, { maxBytes: 2500 });
  const links = [];
  for (const id of ['req-1', 'req-2', 'req-3']) links.push(await save(page, id));
  expect(await Promise.all(links.map((link) => open(page, link)))).toEqual(['not_found', 1000, 1000]);
  expect(await stored(page)).toBe(2);
});

test('a full disk: new pictures live in memory, and the old ones still open', async ({ context }) => {
  const page = await tab(context);
  await limitStorage(page, 1_500_000);
  const links = [];
  for (const id of ['req-1', 'req-2', 'req-3', 'req-4']) links.push(await save(page, id, 600_000));
  expect(await inMemory(page)).toBe(true);
  expect(await Promise.all(links.map((link) => open(page, link)))).toEqual(Array(4).fill(600_000));
  const onDisk = await stored(page);
  expect(onDisk).toBeGreaterThan(0);
  expect(onDisk).toBeLessThan(4);
});

test('a frame whose storage is blocked keeps pictures in memory', async ({ page }) => {
  const frame = await blockedFrame(page);
  await frame.evaluate(openInPage, { atMs: NOON });
  const link = await save(frame, 'req-1');
  expect([await open(frame, link), await inMemory(frame)]).toEqual([1000, true]);
});

test('a page without cryptography signs with tokens', async ({ page }) => {
  await insecurePage(page);
  expect(await page.evaluate(() => [isSecureContext, crypto.subtle])).toEqual([false, undefined]);
  await page.evaluate(openInPage, { atMs: NOON });
  const link = await save(page, 'req-1');
  expect(await open(page, link)).toBe(1000);
  expect(await open(page, { ...link, sig: '0'.repeat(64) })).toBe('not_found');
});

test('site data that the user clears takes the pictures along; new ones work at once', async ({ context }) => {
  const page = await tab(context);
  const gone = await save(page, 'req-1');
  const session = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  expect(await open(page, gone)).toBe('not_found');
  const link = await save(page, 'req-2');
  const other = await tab(context);
  expect(await open(other, link)).toBe(1000);
  expect(await inMemory(page)).toBe(false);
});

/** Keys in a real browser: reloads, two tabs, what lies on the disk, storage that is blocked. */
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import type { PageKeys } from '../../src/keys/keys';
import { blockedFrame, insecurePage } from './storageTrouble';
import { BLANK } from './weightsInPage';

declare global {
  var keyRing: PageKeys;
}

/** Runs in the page. */
async function openInPage(mode: 'any' | 'known') {
  const { openKeys } = await import('/src/keys/keys.ts');
  globalThis.keyRing = openKeys({ mode });
}

async function tab(context: BrowserContext, mode: 'any' | 'known' = 'known'): Promise<Page> {
  const page = await context.newPage();
  await page.goto(BLANK);
  await page.evaluate(openInPage, mode);
  return page;
}

type Target = Pick<Page, 'evaluate'>;
const create = (page: Target, name: string) => page.evaluate((name) => keyRing.create(name), name);
const check = (page: Target, bearer: string) => page.evaluate((bearer) => keyRing.check(bearer), bearer);
const revoke = (page: Target, id: string) => page.evaluate((id) => keyRing.revoke(id), id);

test('a key works in every tab and after a reload, until it is revoked in one of them', async ({ context }) => {
  const [page, other] = [await tab(context), await tab(context)];
  const { id, secret } = await create(page, 'Script');
  expect(await check(other, secret)).toBe(id);
  await page.reload();
  await page.evaluate(openInPage, 'known' as const);
  expect(await check(page, secret)).toBe(id);
  const [key] = await page.evaluate(() => keyRing.list());
  expect(key).toMatchObject({ id, name: 'Script' });
  expect(key?.lastUsedAt).toBeInstanceOf(Date);
  await revoke(other, id);
  expect(await check(page, secret)).toBeNull();
  expect(await page.evaluate(() => keyRing.list())).toEqual([]);
  expect(await page.evaluate(() => keyRing.inMemory)).toBe(false);
});

test('a key that is used while another tab revokes it stays revoked', async ({ context }) => {
  const [page, other] = [await tab(context, 'any'), await tab(context, 'any')];
  for (let round = 0; round < 10; round++) {
    const { id, secret } = await create(page, `Round ${round}`);
    await Promise.all([check(page, secret), revoke(other, id)]);
    expect(await check(page, secret)).toBeNull();
  }
});

test('the disk has no secret', async ({ context }) => {
  const page = await tab(context);
  const { secret } = await create(page, 'Script');
  const records = await page.evaluate(async () => {
    const { openKeyStore } = await import('/src/keys/keyStore.ts');
    return openKeyStore().all();
  });
  expect(records).toHaveLength(1);
  expect(records[0]?.[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(records)).not.toContain(secret.slice(3));
});

test('a frame whose storage is blocked has keys in memory', async ({ page }) => {
  const frame = await blockedFrame(page);
  await frame.evaluate(openInPage, 'known' as const);
  const { id, secret } = await create(frame, 'Script');
  expect([await check(frame, secret), await check(frame, 'sk_other')]).toEqual([id, null]);
  expect(await frame.evaluate(() => keyRing.inMemory)).toBe(true);
});

test('a page without cryptography lets anyone in, or nobody, and makes no keys', async ({ page }) => {
  await insecurePage(page);
  await page.evaluate(openInPage, 'any' as const);
  expect([await check(page, 'sk_one'), await check(page, 'sk_two'), await check(page, ' ')]).toEqual([
    'anyone',
    'anyone',
    null,
  ]);
  const message = await page.evaluate(() => keyRing.create('Script').catch(({ message }: Error) => message));
  expect(message).toContain('https');
  await page.evaluate(openInPage, 'known' as const);
  expect(await check(page, 'sk_one')).toBeNull();
});

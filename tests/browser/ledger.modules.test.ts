/** The ledger in a real browser: two tabs, crashes, reloads, blocked and full storage. */
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import type { LedgerOptions, PageLedger } from '../../src/ledger/ledger';
import { crash } from './interruptions';
import { blockedFrame, limitStorage } from './storageTrouble';
import { BLANK } from './weightsInPage';

declare global {
  var ledger: PageLedger;
  var heard: number;
}

const CHARGE = {
  ...{ requestId: 'req-1', model: 'seedream-4-5', servedBy: 'pocket', quantity: 1, unitPrice: '0.04' },
  paidTo: 'local' as const,
};

/** Runs in the page. */
async function openInPage({ budget, atMs }: Pick<LedgerOptions, 'budget'> & { readonly atMs?: number }) {
  const { openLedger } = await import('/src/ledger/ledger.ts');
  globalThis.ledger = openLedger({ ...(budget && { budget }), ...(atMs !== undefined && { nowMs: () => atMs }) });
}

/** Runs in the page. How many of so many pictures, all asked for at once, were paid for. */
async function drawInPage({ pictures, charge }: { readonly pictures: number; readonly charge: typeof CHARGE }) {
  const draw = async (picture: number) => {
    const reservation = await ledger.reserve(charge);
    await reservation.settle({ ...charge, requestId: `${charge.requestId}-${picture}` });
  };
  const outcomes = await Promise.allSettled(Array.from({ length: pictures }, (_, picture) => draw(picture)));
  const codes = outcomes.flatMap((each) =>
    each.status === 'rejected' ? [(each.reason as { code: string }).code] : [],
  );
  return { paid: pictures - codes.length, codes: [...new Set(codes)] };
}

async function tab(context: BrowserContext, options: Parameters<typeof openInPage>[0] = {}): Promise<Page> {
  const page = await context.newPage();
  await page.goto(BLANK);
  await page.evaluate(openInPage, options);
  return page;
}

const draw = (page: Pick<Page, 'evaluate'>, pictures: number, charge = CHARGE) =>
  page.evaluate(drawInPage, { pictures, charge });
const balance = (page: Pick<Page, 'evaluate'>) => page.evaluate(() => ledger.balance());

test('the books survive a reload', async ({ context }) => {
  const page = await tab(context);
  expect(await balance(page)).toBe('10.00');
  await draw(page, 3);
  await page.evaluate(() => ledger.topUp('1.50'));
  await page.reload();
  await page.evaluate(openInPage, {});
  expect(await balance(page)).toBe('11.38');
  const entries = await page.evaluate(() => ledger.entries());
  expect(entries.map((entry) => (entry.kind === 'charge' ? entry.cost : `+${entry.amount}`))).toEqual([
    '+1.50',
    ...['0.04', '0.04', '0.04'],
    '+10.00',
  ]);
  expect(await page.evaluate(() => ledger.inMemory)).toBe(false);
});

test('two tabs that spend at once spend no cent twice and lose none', async ({ context }) => {
  const tabs = [await tab(context), await tab(context)];
  const outcomes = await Promise.all(tabs.map((page) => draw(page, 200)));
  expect(outcomes.map(({ paid }) => paid).reduce((a, b) => a + b)).toBe(250);
  expect(new Set(outcomes.flatMap(({ codes }) => codes))).toEqual(new Set(['quota_exceeded']));
  for (const page of tabs) {
    expect(await balance(page)).toBe('0.00');
    expect(await page.evaluate(() => ledger.summary())).toMatchObject({
      ...{ available: '0.00', today: '10.00', local: { pictures: 250, cost: '10.00' } },
    });
  }
  const numbers = await tabs[0]?.evaluate(async () => (await ledger.entries()).map(({ number }) => number));
  expect(numbers).toEqual(Array.from({ length: 251 }, (_, place) => 250 - place));
});

test('two tabs that both begin the books begin them once', async ({ context }) => {
  const tabs = [await tab(context), await tab(context)];
  await Promise.all(tabs.map((page) => draw(page, 1)));
  expect(await Promise.all(tabs.map(balance))).toEqual(['9.92', '9.92']);
});

test('a tab hears of what another one does', async ({ context }) => {
  const [listener, spender] = [await tab(context), await tab(context)];
  await listener.evaluate(() => {
    globalThis.heard = 0;
    ledger.subscribe(() => {
      globalThis.heard += 1;
    });
  });
  await draw(spender, 2);
  await spender.evaluate(() => ledger.topUp());
  await listener.waitForFunction(() => globalThis.heard === 3);
});

test('a tab that crashes between reserve and settle is charged nothing and frees its money', async ({ context }) => {
  const atMs = Date.parse('2026-11-23T12:00:00Z');
  const survivor = await tab(context, { atMs });
  const doomed = await tab(context, { atMs });
  await doomed.evaluate(async () => {
    await ledger.reserve({ unitPrice: '9.99', quantity: 1 });
  });
  await crash(doomed);
  expect(await survivor.evaluate(() => ledger.summary())).toMatchObject({ balance: '10.00', available: '0.01' });
  expect(await draw(survivor, 1)).toEqual({ paid: 0, codes: ['quota_exceeded'] });
  const later = await tab(context, { atMs: atMs + 15 * 60_000 });
  expect(await draw(later, 1)).toEqual({ paid: 1, codes: [] });
  expect(await later.evaluate(() => ledger.summary())).toMatchObject({ balance: '9.96', available: '9.96' });
});

test('a tab that crashes in the middle of paying leaves whole books', async ({ context }) => {
  const survivor = await tab(context);
  const doomed = await tab(context);
  const spending = draw(doomed, 250);
  spending.catch(() => {});
  await expect.poll(() => balance(survivor)).not.toBe('10.00');
  await crash(doomed);
  const { account, days, entries } = await survivor.evaluate(async () => {
    const { openLedgerStore } = await import('/src/ledger/ledgerStore.ts');
    return openLedgerStore().read({ days: ['0000-01-01', '9999-12-31'], entries: { limit: 1000 } });
  });
  const charges = entries.filter(({ kind }) => kind === 'charge');
  expect(charges.length).toBeGreaterThan(0);
  expect(account?.nextEntry).toBe(1 + charges.length);
  expect(Number(account?.spent)).toBeCloseTo(0.04 * charges.length, 10);
  expect(days.flatMap(({ lines }) => lines).reduce((sum, { quantity }) => sum + quantity, 0)).toBe(charges.length);
});

test('a budget holds over both tabs', async ({ context }) => {
  const budget = { limitUsd: '1' };
  const tabs = [await tab(context, { budget }), await tab(context, { budget })];
  const outcomes = await Promise.all(tabs.map((page) => draw(page, 20)));
  expect(outcomes.map(({ paid }) => paid).reduce((a, b) => a + b)).toBe(25);
  expect(await balance(tabs[0] as Page)).toBe('9.00');
});

test('entries are bounded on the disk too, and no cost is lost', async ({ context }) => {
  const page = await tab(context);
  await page.evaluate(() => ledger.topUp('100'));
  for (let batch = 0; batch < 41; batch++) await draw(page, 50);
  const stored = await page.evaluate(async () => {
    const { openLedgerStore, KEPT_ENTRIES } = await import('/src/ledger/ledgerStore.ts');
    const { entries } = await openLedgerStore().read({ entries: { limit: 10_000 } });
    const csv = await (await ledger.csv()).text();
    return { count: entries.length, kept: KEPT_ENTRIES, csvRows: csv.trimEnd().split('\r\n').length };
  });
  expect(stored).toEqual({ count: stored.kept, kept: stored.kept, csvRows: 1 + 2 + stored.kept });
  expect(await page.evaluate(() => ledger.summary())).toMatchObject({
    ...{ balance: '28.00', local: { pictures: 2050, cost: '82.00' } },
  });
});

test('an account that makes no sense is begun anew, and the costs of the days stay', async ({ context }) => {
  const page = await tab(context);
  await draw(page, 2);
  await page.evaluate(async () => {
    const request = indexedDB.open('tessera-ledger');
    const database = await new Promise<IDBDatabase>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = database.transaction('entries', 'readwrite');
    transaction.objectStore('entries').put({ credited: 'much', holds: null }, ['account']);
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    database.close();
  });
  await draw(page, 1);
  expect(await page.evaluate(() => ledger.summary())).toMatchObject({ balance: '9.96', local: { pictures: 3 } });
  expect(await page.evaluate(() => ledger.inMemory)).toBe(false);
});

test('a disk that runs full: the books go on in memory from where they were, and lose no cent', async ({ context }) => {
  const page = await tab(context);
  await limitStorage(page, 100_000);
  await draw(page, 5);
  expect(await page.evaluate(() => ledger.inMemory)).toBe(false);
  await draw(page, 100);
  expect(await page.evaluate(() => ledger.inMemory)).toBe(true);
  expect(await balance(page)).toBe('5.80');
});

test('a frame whose storage is blocked has books in memory', async ({ page }) => {
  const frame = await blockedFrame(page);
  await frame.evaluate(openInPage, {});
  expect(await draw(frame, 300)).toEqual({ paid: 250, codes: ['quota_exceeded'] });
  expect(await frame.evaluate(() => ledger.inMemory)).toBe(true);
});

test('a browser without IndexedDB, locks and channels has books in memory', async ({ context }) => {
  await context.addInitScript(() => {
    for (const name of ['indexedDB', 'BroadcastChannel'])
      Reflect.defineProperty(globalThis, name, { value: undefined });
    Reflect.defineProperty(navigator, 'locks', { value: undefined });
  });
  const page = await tab(context);
  expect(await draw(page, 1)).toEqual({ paid: 1, codes: [] });
  expect([await balance(page), await page.evaluate(() => ledger.inMemory)]).toEqual(['9.96', true]);
});

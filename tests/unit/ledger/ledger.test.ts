/** The ledger where nothing can be stored, which is how Node looks to it. Its life on a disk is in tests/browser. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Charge } from '../../../src/api/deps';
import { type LedgerOptions, openLedger, type PageLedger } from '../../../src/ledger/ledger';
import { KEPT_ENTRIES } from '../../../src/ledger/ledgerStore';
import { minus, plus, sum, times } from '../../../src/ledger/money';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const HOUR_MS = 3_600_000;

const open: PageLedger[] = [];
function ledgerAt(clock: { nowMs: number }, options: LedgerOptions = {}): PageLedger {
  const ledger = openLedger({ nowMs: () => clock.nowMs, ...options });
  open.push(ledger);
  return ledger;
}
afterEach(() => {
  for (const ledger of open.splice(0)) ledger.close();
});

function chargeOf(some: Partial<Charge> = {}): Charge {
  return {
    ...{ requestId: 'req-1', model: 'seedream-4-5', servedBy: 'pocket', quantity: 1, unitPrice: '0.04' },
    ...{ paidTo: 'local', ...some },
  };
}

async function draw(ledger: PageLedger, some: Partial<Charge> = {}): Promise<void> {
  const charge = chargeOf(some);
  const reservation = await ledger.reserve(charge.paidTo === 'local' ? charge : { unitPrice: '0', quantity: 1 });
  await reservation.settle(charge);
}

const codeOf = (call: Promise<unknown>) => call.then(() => null).catch((error: { code?: string }) => error.code);
const messageOf = (call: Promise<unknown>) => call.then(() => '').catch((error: Error) => error.message);

describe('credits', () => {
  test('begin with ten dollars and pay for pictures', async () => {
    const ledger = ledgerAt({ nowMs: NOON });
    expect(await ledger.balance()).toBe('10.00');
    await draw(ledger);
    expect(await ledger.balance()).toBe('9.96');
    await ledger.topUp();
    expect(await ledger.balance()).toBe('19.96');
    await ledger.topUp('0.005');
    expect(await ledger.balance()).toBe('19.965');
    expect(ledger.inMemory).toBe(true);
  });

  test('that are used up end as quota_exceeded, with what to do, and nothing is charged', async () => {
    const ledger = ledgerAt({ nowMs: NOON });
    await draw(ledger, { quantity: 249 });
    const last = await ledger.reserve(chargeOf());
    expect(await messageOf(ledger.reserve(chargeOf()))).toBe(
      'This costs $0.04 and the balance is $0.04, $0.04 of it set aside for pictures being drawn. ' +
        'Add credits under “Usage and API” in Tessera: they are free. ' +
        'Models asked for by their own name, such as pocket, cost nothing.',
    );
    await last.settle(chargeOf());
    expect(await ledger.balance()).toBe('0.00');
    expect(await codeOf(ledger.reserve(chargeOf()))).toBe('quota_exceeded');
    expect(await codeOf(ledger.reserve({ unitPrice: '0.00', quantity: 1 }))).toBeNull();
    await ledger.topUp();
    expect(await codeOf(ledger.reserve(chargeOf()))).toBeNull();
  });

  test.each(['0', '-1', 'ten', ''])('are not topped up by %j', async (amount) => {
    const ledger = ledgerAt({ nowMs: NOON });
    expect(await codeOf(ledger.topUp(amount))).toBe('invalid_parameter');
    expect(await ledger.balance()).toBe('10.00');
  });
});

describe('a reservation', () => {
  test('that is released costs nothing', async () => {
    const ledger = ledgerAt({ nowMs: NOON });
    const reservation = await ledger.reserve(chargeOf({ quantity: 250 }));
    expect((await ledger.summary()).available).toBe('0.00');
    await reservation.release();
    expect(await ledger.summary()).toMatchObject({ balance: '10.00', available: '10.00' });
  });

  test('counts once, whatever is called after', async () => {
    const ledger = ledgerAt({ nowMs: NOON });
    const reservation = await ledger.reserve(chargeOf());
    await reservation.settle(chargeOf());
    await reservation.settle(chargeOf());
    await reservation.release();
    expect(await ledger.balance()).toBe('9.96');
    const other = await ledger.reserve(chargeOf());
    await other.release();
    await other.settle(chargeOf());
    expect(await ledger.balance()).toBe('9.96');
  });

  test('whose tab died is free again after a quarter of an hour, and charged all the same if it did live', async () => {
    const clock = { nowMs: NOON };
    const ledger = ledgerAt(clock);
    const abandoned = await ledger.reserve(chargeOf({ quantity: 250 }));
    expect(await codeOf(ledger.reserve(chargeOf()))).toBe('quota_exceeded');
    clock.nowMs += HOUR_MS / 4;
    const other = await ledger.reserve(chargeOf());
    await other.settle(chargeOf());
    await abandoned.settle(chargeOf({ quantity: 250 }));
    expect(await ledger.balance()).toBe('-0.04');
  });

  test('a hundred at once: as many as the money covers', async () => {
    const ledger = ledgerAt({ nowMs: NOON });
    const codes = await Promise.all(Array.from({ length: 300 }, () => codeOf(ledger.reserve(chargeOf()))));
    expect(codes.filter((code) => code === null)).toHaveLength(250);
    expect(new Set(codes)).toEqual(new Set([null, 'quota_exceeded']));
  });
});

describe('a budget', () => {
  test('in total stops before the balance is empty', async () => {
    const ledger = ledgerAt({ nowMs: NOON }, { budget: { limitUsd: '0.1' } });
    await draw(ledger, { quantity: 2 });
    expect(await messageOf(ledger.reserve(chargeOf()))).toBe(
      'This costs $0.04, and of the $0.10 that the owner of this page allows $0.08 are used. Only the owner can raise it. ' +
        'Models asked for by their own name, such as pocket, cost nothing.',
    );
    expect(await ledger.summary()).toMatchObject({ budgetLeft: '0.02', balance: '9.92' });
    await ledger.topUp();
    expect(await codeOf(ledger.reserve(chargeOf()))).toBe('quota_exceeded');
  });

  test('counts what is set aside', async () => {
    const ledger = ledgerAt({ nowMs: NOON }, { budget: { limitUsd: '0.08' } });
    await ledger.reserve(chargeOf());
    await ledger.reserve(chargeOf());
    expect(await codeOf(ledger.reserve(chargeOf()))).toBe('quota_exceeded');
  });

  test('of a day and of a month begins anew with each', async () => {
    const clock = { nowMs: Date.parse('2026-11-29T23:00:00Z') };
    const ledger = ledgerAt(clock, { budget: { dailyLimitUsd: '0.04', monthlyLimitUsd: '0.08' } });
    await draw(ledger);
    expect(await messageOf(ledger.reserve(chargeOf()))).toContain('$0.04 a day');
    clock.nowMs += HOUR_MS;
    await draw(ledger);
    clock.nowMs += 23 * HOUR_MS;
    expect(await messageOf(ledger.reserve(chargeOf()))).toContain('$0.08 a month');
    expect(await ledger.summary()).toMatchObject({ budgetLeft: '0.00', today: '0.04', month: '0.08' });
    clock.nowMs += HOUR_MS;
    await draw(ledger);
    expect(await ledger.summary()).toMatchObject({ today: '0.04', month: '0.04' });
  });

  test('does not count what the hosted service was paid', async () => {
    const ledger = ledgerAt({ nowMs: NOON }, { budget: { limitUsd: '0.04' } });
    await draw(ledger, { paidTo: 'hosted', unitPrice: '5' });
    await draw(ledger);
    expect(await ledger.summary()).toMatchObject({ balance: '9.96', today: '5.04', budgetLeft: '0.00' });
  });

  test('that is no amount is refused at once', () => {
    expect(() => openLedger({ budget: { limitUsd: 'five' } })).toThrowError(/not an amount/);
  });
});

describe('costs', () => {
  test('come by day, UTC, days without a picture included, the hosted service too', async () => {
    const clock = { nowMs: NOON };
    const ledger = ledgerAt(clock);
    await draw(ledger, { quantity: 2 });
    await draw(ledger, { paidTo: 'hosted', unitPrice: '0.055' });
    clock.nowMs += 48 * HOUR_MS;
    await draw(ledger);
    const span = { start: new Date('2026-11-23T23:00:00Z'), end: new Date('2026-11-25T00:00:00Z') };
    expect(await ledger.costs(span)).toEqual({
      total: '0.175',
      days: [
        { date: '2026-11-23', cost: '0.135' },
        { date: '2026-11-24', cost: '0.00' },
        { date: '2026-11-25', cost: '0.04' },
      ],
    });
    expect(await ledger.summary()).toMatchObject({
      balance: '9.88',
      local: { pictures: 3, cost: '0.12' },
      hosted: { pictures: 1, cost: '0.055' },
    });
  });

  test('add up, whatever happens in which order', async () => {
    const step = fc.record({
      quantity: fc.integer({ min: 1, max: 10 }),
      cents: fc.nat(20),
      paidTo: fc.constantFrom('local' as const, 'hosted' as const),
      end: fc.constantFrom('settle' as const, 'release' as const, 'abandon' as const),
      waitMs: fc.nat(10 * HOUR_MS),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const clock = { nowMs: NOON };
        const ledger = ledgerAt(clock);
        const settled: Record<'local' | 'hosted', string> = { local: '0.00', hosted: '0.00' };
        for (const { quantity, cents, paidTo, end, waitMs } of steps) {
          clock.nowMs += waitMs;
          const charge = chargeOf({ quantity, paidTo, unitPrice: `${cents}e-2` });
          const reservation = await ledger.reserve(charge).catch(() => null);
          if (end === 'release') await reservation?.release();
          if (end !== 'settle' || !reservation) continue;
          await reservation.settle(charge);
          settled[paidTo] = plus(settled[paidTo], times(charge.unitPrice, quantity));
        }
        const { total, days } = await ledger.costs({ start: new Date(NOON), end: new Date(clock.nowMs) });
        expect(total).toBe(plus(settled.local, settled.hosted));
        expect(sum(days.map(({ cost }) => cost))).toBe(total);
        expect(await ledger.balance()).toBe(minus('10.00', settled.local));
        ledger.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('entries', () => {
  test('are listed newest first, page by page', async () => {
    const ledger = ledgerAt({ nowMs: NOON });
    for (const requestId of ['req-1', 'req-2', 'req-3']) await draw(ledger, { requestId });
    const names = (entries: Awaited<ReturnType<PageLedger['entries']>>) =>
      entries.map((entry) => (entry.kind === 'charge' ? entry.requestId : entry.reason));
    expect(names(await ledger.entries())).toEqual(['req-3', 'req-2', 'req-1', 'free']);
    const first = await ledger.entries({ limit: 2 });
    expect(names(first)).toEqual(['req-3', 'req-2']);
    expect(names(await ledger.entries({ limit: 5, before: first.at(-1)?.number ?? 0 }))).toEqual(['req-1', 'free']);
    expect(await ledger.entries({ limit: 5, before: 0 })).toEqual([]);
    expect(await ledger.entries({ limit: 0 })).toEqual([]);
  });

  test('are bounded, and no cost is lost', async () => {
    const clock = { nowMs: NOON };
    const ledger = ledgerAt(clock);
    await ledger.topUp('1000');
    const pictures = KEPT_ENTRIES + 100;
    for (let picture = 0; picture < pictures; picture++) {
      clock.nowMs += 60_000;
      await draw(ledger, { requestId: `req-${picture}` });
    }
    expect(await ledger.entries()).toHaveLength(KEPT_ENTRIES);
    const cost = times('0.04', pictures);
    expect((await ledger.costs({ start: new Date(NOON), end: new Date(clock.nowMs) })).total).toBe(cost);
    expect((await ledger.summary()).local).toEqual({ pictures, cost });

    const rows = (await (await ledger.csv()).text())
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    const columnSum = (name: string) => sum(rows.slice(1).map((row) => row[rows[0]?.indexOf(name) ?? -1] || '0'));
    expect(columnSum('cost_usd')).toBe(cost);
    expect(columnSum('credit_usd')).toBe('1010.00');
    expect(columnSum('quantity')).toBe(`${pictures}.00`);
    expect(rows).toHaveLength(1 + KEPT_ENTRIES + 2);
  });
});

describe('subscribers', () => {
  test('hear of each change until they leave', async () => {
    const ledger = ledgerAt({ nowMs: NOON });
    let count = 0;
    await ledger.balance();
    const leave = ledger.subscribe(() => {
      count += 1;
    });
    await draw(ledger);
    await ledger.topUp();
    expect(count).toBe(2);
    leave();
    await draw(ledger);
    expect(count).toBe(2);
  });

  test('hear that the books go on in memory', async () => {
    let inMemory = 0;
    const ledger = ledgerAt({ nowMs: NOON }, { onMemory: () => (inMemory += 1) });
    let count = 0;
    ledger.subscribe(() => (count += 1));
    await Promise.all([ledger.balance(), ledger.balance()]);
    expect([inMemory, count]).toEqual([1, 1]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvOf } from '../../../src/ledger/csv';
import type { ChargeEntry, LedgerEntry } from '../../../src/ledger/records';

const AT_MS = Date.parse('2026-11-23T12:00:00.500Z');
const HEAD = 'time,kind,request_id,model,served_by,paid_to,quantity,unit_price_usd,cost_usd,credit_usd\r\n';
const charge: ChargeEntry = {
  ...{ kind: 'charge', number: 1, atMs: AT_MS, requestId: 'req-1', model: 'seedream-4-5', servedBy: 'pocket' },
  ...{ paidTo: 'local', quantity: 2, unitPrice: '0.04', cost: '0.08' },
};
const credit: LedgerEntry = { kind: 'credit', number: 0, atMs: AT_MS, amount: '10.00', reason: 'free' };
const account = { credited: '10.00', spent: '0.08', nextEntry: 2, holds: [] };

const line = ({ model, servedBy, paidTo, quantity, cost }: ChargeEntry) => ({
  model,
  servedBy,
  paidTo,
  quantity,
  cost,
});

/** RFC 4180, the other way round. */
function parsed(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('csvOf', () => {
  test('has a row for each entry', () => {
    const days = [{ date: '2026-11-23', lines: [line(charge)] }];
    expect(csvOf({ account, days, entries: [credit, charge] })).toBe(
      `${HEAD}2026-11-23T12:00:00.500Z,credit_free,,,,,,,,10.00\r\n` +
        '2026-11-23T12:00:00.500Z,charge,req-1,seedream-4-5,pocket,local,2,0.04,0.08,\r\n',
    );
  });

  test('has sums for what entries no longer tell', () => {
    const lines = [
      { ...line(charge), quantity: 5, cost: '0.20' },
      { ...line(charge), paidTo: 'hosted' as const, quantity: 1, cost: '0.05' },
    ];
    const days = [
      { date: '2026-11-22', lines: [line(charge)] },
      { date: '2026-11-23', lines },
    ];
    expect(csvOf({ account, days, entries: [charge] })).toBe(
      `${HEAD},credits,,,,,,,,10.00\r\n` +
        '2026-11-22,charges,,seedream-4-5,pocket,local,2,,0.08,\r\n' +
        '2026-11-23,charges,,seedream-4-5,pocket,local,3,,0.12,\r\n' +
        '2026-11-23,charges,,seedream-4-5,pocket,hosted,1,,0.05,\r\n' +
        '2026-11-23T12:00:00.500Z,charge,req-1,seedream-4-5,pocket,local,2,0.04,0.08,\r\n',
    );
  });

  test('is only its head when nothing ever happened', () => {
    expect(csvOf({ account: null, days: [], entries: [] })).toBe(HEAD);
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://a","b")'])(
    'lets no spreadsheet run %j',
    (model) => {
      const rows = parsed(csvOf({ account, days: [], entries: [{ ...charge, model }] }));
      expect(rows.at(-1)?.[3]).toBe(`'${model}`);
    },
  );

  test('can be read back, whatever a model is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (model) => {
        const rows = parsed(csvOf({ account, days: [], entries: [credit, { ...charge, model }] }));
        expect(rows.map((row) => row.length)).toEqual([10, 10, 10]);
        expect([model, `'${model}`]).toContain(rows[2]?.[3]);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dateOf, datesIn, monthOf } from '../../../src/ledger/calendar';

const DAY_MS = 86_400_000;
const instants = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2099-12-31T23:59:59Z'),
  noInvalidDate: true,
});

describe('datesIn', () => {
  test('has every date that the span touches, both ends included', () => {
    const span = { start: new Date('2026-02-27T23:59:59+00:00'), end: new Date('2026-03-02T00:00:00Z') };
    expect(datesIn(span)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']);
  });

  test('counts in UTC, whatever the zone of the question', () => {
    const span = { start: new Date('2026-01-01T00:30:00+01:00'), end: new Date('2026-01-01T23:30:00-01:00') };
    expect(datesIn(span)).toEqual(['2025-12-31', '2026-01-01', '2026-01-02']);
  });

  test('goes day by day without a gap', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 180 * DAY_MS }), (start, lengthMs) => {
        const end = new Date(start.getTime() + lengthMs);
        const dates = datesIn({ start, end });
        expect(dates[0]).toBe(dateOf(start.getTime()));
        expect(dates.at(-1)).toBe(dateOf(end.getTime()));
        for (const [index, date] of dates.entries())
          expect(Date.parse(date)).toBe(Date.parse(dates[0] ?? '') + index * DAY_MS);
      }),
    );
  });

  test.each([
    ['nonsense', '2026-01-01', 'start'],
    ['2026-01-01', 'nonsense', 'end'],
    ['2026-01-02', '2026-01-01', 'end'],
    ['1900-01-01', '2026-01-01', 'end'],
  ])('refuses %s to %s and names the %s', (start, end, param) => {
    expect(() => datesIn({ start: new Date(start), end: new Date(end) })).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', param }),
    );
  });
});

describe('months', () => {
  test('are the beginning of a date', () => {
    expect(monthOf(dateOf(Date.parse('2026-11-30T23:59:59.999Z')))).toBe('2026-11');
  });
});

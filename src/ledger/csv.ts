/** The books as a file for a spreadsheet: RFC 4180, UTF-8. */
import { withoutEntries } from './books';
import type { Page } from './ledgerStore';
import { isZero, minus, sum } from './money';
import type { ChargeEntry, LedgerEntry } from './records';

const COLUMNS = [
  'time',
  'kind',
  'request_id',
  'model',
  'served_by',
  'paid_to',
  'quantity',
  'unit_price_usd',
  'cost_usd',
  'credit_usd',
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number], string>>;

/**
 * Oldest first. What single entries no longer tell comes as sums: of a day in rows `charges`, and of all earlier credits
 * in one row, so that the columns always add up to the whole.
 */
export function csvOf({ account, days, entries }: Page): string {
  const sums = withoutEntries(days, entries).flatMap(({ date, lines }) =>
    lines.map(
      ({ model, servedBy, paidTo, quantity, cost }): Row => ({
        ...{ time: date, kind: 'charges', model, served_by: servedBy, paid_to: paidTo },
        ...{ quantity: String(quantity), cost_usd: cost },
      }),
    ),
  );
  const rows = [...earlierCredits(account?.credited ?? '0.00', entries), ...sums, ...entries.map(rowOf)];
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column] ?? ''))]
    .map((fields) => `${fields.map(field).join(',')}\r\n`)
    .join('');
}

function earlierCredits(credited: string, entries: readonly LedgerEntry[]): readonly Row[] {
  const told = sum(entries.map((entry) => (entry.kind === 'credit' ? entry.amount : '0')));
  const amount = minus(credited, told);
  return isZero(amount) ? [] : [{ kind: 'credits', credit_usd: amount }];
}

function rowOf(entry: LedgerEntry): Row {
  const time = new Date(entry.atMs).toISOString();
  if (entry.kind === 'credit') return { time, kind: `credit_${entry.reason}`, credit_usd: entry.amount };
  return { time, kind: 'charge', ...chargeColumns(entry) };
}

function chargeColumns({ requestId, model, servedBy, paidTo, quantity, unitPrice, cost }: ChargeEntry): Row {
  return {
    ...{ request_id: requestId, model, served_by: servedBy, paid_to: paidTo },
    ...{ quantity: String(quantity), unit_price_usd: unitPrice, cost_usd: cost },
  };
}

/**
 * Spreadsheets run fields that begin like a formula, and names of models may come from elsewhere: an apostrophe makes
 * them text, as OWASP advises ("CSV Injection").
 */
function field(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

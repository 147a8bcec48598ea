import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { countsOf } from '../../../tools/test/reports.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tessera-reports-'));
afterAll(() => rmSync(folder, { recursive: true }));

function counts(exitCode: number, report: unknown) {
  const reportPath = join(folder, 'report.json');
  writeFileSync(reportPath, typeof report === 'string' ? report : JSON.stringify(report));
  return countsOf({ exitCode, reportPath });
}

const vitest = { numPassedTests: 5, numFailedTests: 0, testResults: [{ status: 'passed', assertionResults: [{}] }] };
const playwright = { stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 0 }, errors: [] };

describe('the counts of a step', () => {
  test('are those of the report', () => {
    expect(counts(0, vitest)).toEqual({ passed: 5, failed: 0 });
    expect(counts(0, playwright)).toEqual({ passed: 3, failed: 0 });
    expect(counts(1, { ...vitest, numFailedTests: 2 })).toEqual({ passed: 5, failed: 2 });
  });

  test('count a file that could not be loaded as one failure', () => {
    const unloaded = { status: 'failed', assertionResults: [] };
    expect(counts(1, { ...vitest, testResults: [unloaded, unloaded] })).toEqual({ passed: 5, failed: 2 });
    expect(counts(1, { ...playwright, errors: [{ message: 'SyntaxError' }] })).toEqual({ passed: 3, failed: 1 });
  });

  test('count a test that only passes at the second try as a failure', () => {
    const stats = { expected: 1, unexpected: 1, flaky: 1, skipped: 0 };
    expect(counts(1, { stats, errors: [] })).toEqual({ passed: 1, failed: 2 });
  });

  test('never hide a runner that failed', () => {
    expect(counts(1, vitest)).toEqual({ passed: 5, failed: 1 });
    expect(counts(1, 'half a repo')).toEqual({ passed: 0, failed: 1 });
    expect(counts(0, 'half a repo')).toEqual({ passed: 0, failed: 1 });
    expect(countsOf({ exitCode: 0, reportPath: join(folder, 'none.json') })).toEqual({ passed: 0, failed: 1 });
  });

  test('are one where a step has no report', () => {
    expect(countsOf({ exitCode: 0, reportPath: null })).toEqual({ passed: 1, failed: 0 });
    expect(countsOf({ exitCode: 2, reportPath: null })).toEqual({ passed: 0, failed: 1 });
  });
});

/** Reads how many tests passed and failed from what the test runners wrote. */
import { readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number }} Counts */

/**
 * The counts of one step. A runner that failed without naming a failed test, or without a report, counts as one failure.
 *
 * @param {{ exitCode: number, reportPath: string | null }} outcome
 * @returns {Counts}
 */
export function countsOf({ exitCode, reportPath }) {
  const counts = reportPath === null ? { passed: 1, failed: 0 } : readReport(reportPath);
  if (exitCode === 0 && counts !== null) return counts;
  if (counts === null || reportPath === null) return { passed: 0, failed: 1 };
  return { passed: counts.passed, failed: Math.max(1, counts.failed) };
}

/**
 * @param {string} path
 * @returns {Counts | null}
 */
function readReport(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    return 'stats' in report ? playwrightCounts(report) : vitestCounts(report);
  } catch {
    return null;
  }
}

/**
 * A test file that could not be loaded has no tests to count: it is one failure by itself.
 *
 * @param {{ numPassedTests: number, numFailedTests: number, testResults: { status: string, assertionResults: unknown[] }[] }} report
 * @returns {Counts}
 */
function vitestCounts({ numPassedTests, numFailedTests, testResults }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length };
}

/**
 * `errors` are those outside any test, such as a file that could not be loaded.
 *
 * @param {{ stats: { expected: number, unexpected: number, flaky: number }, errors: unknown[] }} report
 * @returns {Counts}
 */
function playwrightCounts({ stats, errors }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length };
}

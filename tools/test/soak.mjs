/** Keeps what a soak campaign measured: a small JSON file that can be committed and compared. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Soak tests hand over their figures as an annotation of this type, with JSON as its description. */
const FIGURES = 'figures';

/**
 * @typedef {{ status: string, duration: number, annotations: { type: string, description?: string }[] }} Result
 * @typedef {{ title: string, specs?: { title: string, tests: { results: Result[] }[] }[], suites?: Suite[] }} Suite
 */

/** @param {{ reportPath: string, outPath: string }} paths */
export function keepSoakResults({ reportPath, outPath }) {
  const report = JSON.parse(readFileSync(reportPath, 'utf8'));
  const summary = { startedAt: report.stats.startTime, node: process.version, tests: report.suites.flatMap(testsOf) };
  mkdirSync(dirname(outPath), { recursive: true });
  writeFileSync(outPath, `${JSON.stringify(summary, null, 2)}\n`);
}

/**
 * @param {Suite} suite
 * @returns {object[]}
 */
function testsOf({ specs = [], suites = [] }) {
  const own = specs.flatMap(({ title, tests }) =>
    tests.flatMap(({ results }) =>
      results.map(({ status, duration, annotations }) => ({
        title,
        status,
        durationMs: duration,
        ...figures(annotations),
      })),
    ),
  );
  return [...own, ...suites.flatMap(testsOf)];
}

/** @param {Result['annotations']} annotations */
function figures(annotations) {
  const found = annotations.find(({ type }) => type === FIGURES);
  return found?.description ? { figures: JSON.parse(found.description) } : {};
}

/**
 * `npm test`: everything that must hold, from an empty clone, ending with the line `N passed, N failed`.
 * `npm run test:soak`: the long campaigns of tests/soak, with their figures kept in bench/results/soak.json.
 * A step without a report of its own (types, lint, dead code, build) counts as one test.
 */
import './nodeVersion.mjs';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBrowser } from './browser.mjs';
import { ensureInstalled } from './install.mjs';
import { runNpm } from './npm.mjs';
import { ROOT } from './paths.mjs';
import { countsOf } from './test/reports.mjs';
import { keepSoakResults } from './test/soak.mjs';

const REPORTS = join(ROOT, 'node_modules/.cache/tessera/reports');
const SOAK_RESULTS = join(ROOT, 'bench/results/soak.json');

/**
 * @typedef {object} Step
 * @property {string} script of package.json
 * @property {'vitest' | 'playwright'} [runner] who writes a report
 */

/** @type {Step[]} */
const ALL_STEPS = [
  { script: 'check:types' },
  { script: 'check:lint' },
  { script: 'check:dead' },
  { script: 'test:unit', runner: 'vitest' },
  { script: 'build' },
  { script: 'test:browser', runner: 'playwright' },
  { script: 'test:cli', runner: 'vitest' },
];

/** @type {Step[]} */
const SOAK_STEPS = [
  { script: 'build' },
  { script: 'test:load', runner: 'vitest' },
  { script: 'test:browser', runner: 'playwright' },
];

const { soak } = parseArgs({ options: { soak: { type: 'boolean', default: false } } }).values;
const total = { passed: 0, failed: 0 };
try {
  await ensureInstalled();
  // A runner that ends without a report must not be taken for its last run.
  rmSync(REPORTS, { recursive: true, force: true });
  process.env.TESSERA_BROWSER ??= await ensureBrowser();
  for (const step of soak ? SOAK_STEPS : ALL_STEPS) await take(step);
  if (soak) keepSoakResults({ reportPath: reportOf('test:browser'), outPath: SOAK_RESULTS });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  total.failed += 1;
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** @param {Step} step */
async function take({ script, runner }) {
  const startedMs = performance.now();
  process.stdout.write(`\n── ${script}\n`);
  const exitCode = await runNpm(['run', '--silent', script, ...reporterArguments(script, runner)], {
    stdout: 'inherit',
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: reportOf(script), TESSERA_SOAK: soak ? '1' : '' },
  });
  const { passed, failed } = countsOf({ exitCode, reportPath: runner ? reportOf(script) : null });
  total.passed += passed;
  total.failed += failed;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const ending = exitCode === 0 ? '' : ` (exit code ${exitCode})`;
  process.stdout.write(`── ${script}: ${passed} passed, ${failed} failed in ${seconds} s${ending}\n`);
}

/** @param {string} script */
function reportOf(script) {
  return join(REPORTS, `${script.replace(':', '-')}.json`);
}

/**
 * @param {string} script
 * @param {Step['runner']} runner
 */
function reporterArguments(script, runner) {
  if (runner === 'vitest')
    return ['--', '--reporter=default', '--reporter=json', `--outputFile.json=${reportOf(script)}`];
  return runner === 'playwright' ? ['--', '--reporter=list,json'] : [];
}

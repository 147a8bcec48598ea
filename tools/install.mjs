/** Installs the packages the lockfile asks for, when they are not there yet. Needs no package itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from './npm.mjs';
import { ROOT } from './paths.mjs';

const NPM_CI = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];

export async function ensureInstalled() {
  if (isInstalled(ROOT)) return;
  process.stderr.write('Installing packages…\n');
  const exitCode = await runNpm(NPM_CI, { stdout: process.stderr });
  if (exitCode !== 0) throw new Error('The packages could not be installed: npm says why above.');
}

/**
 * True when every package of the lockfile is installed in the version it names. What npm keeps in `node_modules` is
 * compared, so an install by hand counts; packages for other systems are optional and may be missing.
 *
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  } catch {
    return {};
  }
}

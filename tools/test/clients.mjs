/** The clients that tests drive Tessera with: curl, and a Python with the hosted API's own SDK, kept with the other caches. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from '../browser.mjs';
import { ROOT } from '../paths.mjs';

const REQUIREMENTS = join(ROOT, 'tests/cli/python/requirements.txt');
const COMPLETE = 'complete';
const CACHE = join(ROOT, 'node_modules/.cache/tessera');
/** Of one step, on a slow line. */
const TIMEOUT_MS = 600_000;

/**
 * The path of a Python that has the packages of `requirements.txt`; installs what is missing, Python itself where apt can.
 *
 * @returns {string}
 */
export function ensurePython() {
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  const folder = join(CACHE, `python-${wanted}`);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(join(folder, COMPLETE))) return python;
  rmSync(folder, { recursive: true, force: true });
  createEnvironment(folder);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  run(python, install);
  // Written last: half an installation is none.
  writeFileSync(join(folder, COMPLETE), '');
  return python;
}

/** Installs curl where it is missing and apt can. */
export function ensureCurl() {
  try {
    run('curl', ['--version']);
  } catch (error) {
    if (!canInstall()) throw new Error('The tests need curl.', { cause: error });
    installFromDebian(['curl']);
  }
}

/** @param {string} folder */
function createEnvironment(folder) {
  try {
    run(systemPython(), ['-m', 'venv', folder]);
  } catch (error) {
    if (!canInstall()) throw new Error('The tests need Python 3.9 or newer, with venv.', { cause: error });
    rmSync(folder, { recursive: true, force: true });
    installFromDebian(['python3', 'python3-venv']);
    run('/usr/bin/python3', ['-m', 'venv', folder]);
  }
}

function canInstall() {
  return isRoot && existsSync('/usr/bin/apt-get');
}

/** @param {string[]} packages */
function installFromDebian(packages) {
  process.stderr.write(`Installing ${packages.join(', ')} with apt-get…\n`);
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}

function systemPython() {
  return process.platform === 'win32' ? 'python' : 'python3';
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync(command, args, { stdio: ['ignore', 2, 2], timeout: TIMEOUT_MS, env });
}

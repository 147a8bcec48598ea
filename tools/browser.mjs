/**
 * Finds the browser that draws and tests: Chrome or Edge first, since their users keep them up to date, then Chromium.
 * When there is none, installs one. Dependency-free until something has to be downloaded.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './paths.mjs';

/** No request but the page's own, and the page only reaches this machine. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** Names on the PATH, best first. */
const LINUX_COMMANDS = [
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'chromium',
  'chromium-browser',
];
const MAC_APPS = ['Google Chrome', 'Microsoft Edge', 'Chromium'];
const WINDOWS_PROGRAMS = [
  String.raw`Google\Chrome\Application\chrome.exe`,
  String.raw`Microsoft\Edge\Application\msedge.exe`,
  String.raw`Chromium\Application\chrome.exe`,
];

const NO_BROWSER =
  'No browser was found and none could be installed. Install Google Chrome, Microsoft Edge or Chromium, ' +
  'or set TESSERA_BROWSER to the path of one.';

export const isRoot = process.getuid?.() === 0;

/** Software rendering is for tests: `TESSERA_SOFTWARE_WEBGPU=1` gives WebGPU on machines without a GPU. */
export const softwareWebgpu = process.env.TESSERA_SOFTWARE_WEBGPU === '1';

/**
 * The path of an installed browser, or null. `TESSERA_BROWSER` overrides the search.
 *
 * @returns {string | null}
 */
export function findBrowser() {
  const chosen = process.env.TESSERA_BROWSER;
  if (chosen) return existsSync(chosen) ? chosen : null;
  return candidates().find(runs) ?? null;
}

/**
 * The path of a browser, installing one when there is none.
 *
 * @returns {Promise<string>}
 */
export async function ensureBrowser() {
  if (process.env.TESSERA_BROWSER && !findBrowser()) {
    throw new Error(`TESSERA_BROWSER names no file: ${process.env.TESSERA_BROWSER}`);
  }
  const found = findBrowser() ?? (await installFromDebian()) ?? (await installFromPlaywright());
  if (!found) throw new Error(NO_BROWSER);
  return found;
}

/**
 * How Playwright starts it. Linux hides WebGPU behind a flag, and with that flag would offer software rendering too.
 *
 * @param {string} executablePath
 */
export function launchOptions(executablePath) {
  const args = [...QUIET];
  if (process.platform === 'linux' || softwareWebgpu) args.push('--enable-unsafe-webgpu');
  if (softwareWebgpu) args.push('--use-webgpu-adapter=swiftshader');
  else if (process.platform === 'linux') args.push('--enable-features=Vulkan', '--ignore-gpu-blocklist');
  if (!softwareWebgpu && !isRoot) args.push('--disable-software-rasterizer');
  return { executablePath, args, headless: true, chromiumSandbox: !isRoot };
}

/** @returns {string[]} */
function candidates() {
  if (process.platform === 'darwin') {
    const folders = ['/Applications', join(homedir(), 'Applications')];
    return MAC_APPS.flatMap((app) => folders.map((folder) => join(folder, `${app}.app/Contents/MacOS/${app}`)));
  }
  if (process.platform === 'win32') {
    const { PROGRAMFILES, LOCALAPPDATA, 'PROGRAMFILES(X86)': programFiles86 } = process.env;
    const folders = [PROGRAMFILES, programFiles86, LOCALAPPDATA].filter((folder) => folder !== undefined);
    return WINDOWS_PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return LINUX_COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)));
}

/**
 * Ubuntu's `chromium-browser` may be a script that only asks to install a snap, so Linux candidates must answer.
 * On Windows `--version` opens a window.
 *
 * @param {string} path
 */
function runs(path) {
  if (!existsSync(path)) return false;
  if (process.platform !== 'linux') return true;
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore', timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}

/** @returns {Promise<string | null>} */
async function installFromDebian() {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) return null;
  process.stderr.write('Installing Chromium with apt-get…\n');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await execute('apt-get', ['update', '-qq'], env);
  await execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], env);
  return findBrowser();
}

/** @returns {Promise<string | null>} */
async function installFromPlaywright() {
  const { chromium } = await import('playwright-core');
  const path = chromium.executablePath();
  if (existsSync(path)) return path;
  process.stderr.write('Downloading Chromium with Playwright…\n');
  const cli = join(ROOT, 'node_modules/playwright-core/cli.js');
  const system = isRoot ? ['--with-deps'] : [];
  await execute(process.execPath, [cli, 'install', ...system, '--no-shell', 'chromium'], process.env);
  return existsSync(path) ? path : null;
}

/**
 * Runs a command with everything it says on stderr. Whether it worked is for the caller to find out.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function execute(command, args, env) {
  const child = spawn(command, args, { stdio: ['ignore', process.stderr, process.stderr], env });
  await once(child, 'close').catch(() => {});
}

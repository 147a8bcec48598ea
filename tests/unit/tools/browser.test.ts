/** The search for a browser, among scripts that stand in for browsers. Paths and the shell are those of Linux. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ensureBrowser, findBrowser, isRoot, launchOptions } from '../../../tools/browser.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-browser-'));
  vi.stubEnv('PATH', ['', join(folder, 'missing'), folder].join(delimiter));
  vi.stubEnv('TESSERA_BROWSER', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function script(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.runIf(process.platform === 'linux')('the browser', () => {
  test('is Chrome before Edge before Chromium', () => {
    const chromium = script('chromium', 'exit 0');
    expect(findBrowser()).toBe(chromium);
    const edge = script('microsoft-edge', 'exit 0');
    expect(findBrowser()).toBe(edge);
    const chrome = script('google-chrome', 'exit 0');
    expect(findBrowser()).toBe(chrome);
  });

  test('is not a script that only asks to install one', () => {
    script('chromium-browser', 'echo "please install the snap"; exit 1');
    expect(findBrowser()).toBeNull();
  });

  test('is the one TESSERA_BROWSER names, or none', () => {
    script('google-chrome', 'exit 0');
    vi.stubEnv('TESSERA_BROWSER', script('mine', 'exit 0'));
    expect(findBrowser()).toBe(join(folder, 'mine'));
    vi.stubEnv('TESSERA_BROWSER', join(folder, 'gone'));
    expect(findBrowser()).toBeNull();
  });

  test('named by TESSERA_BROWSER but missing is an error that says so, not a reason to install another', async () => {
    vi.stubEnv('TESSERA_BROWSER', join(folder, 'gone'));
    await expect(ensureBrowser()).rejects.toThrow(`TESSERA_BROWSER names no file: ${join(folder, 'gone')}`);
  });

  test.runIf(isRoot)('is installed by apt-get where there is none', async () => {
    const chromium = join(folder, 'chromium');
    script('apt-get', `case "$*" in *chromium) printf '#!/bin/sh\\n' > ${chromium}; /bin/chmod 755 ${chromium};; esac`);
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await ensureBrowser()).toBe(chromium);
    expect(said).toHaveBeenCalledWith('Installing Chromium with apt-get…\n');
    said.mockRestore();
  });
});

describe('the launch', () => {
  test('keeps the sandbox unless root, and reaches this machine only', () => {
    const { args, chromiumSandbox } = launchOptions('a browser');
    expect(chromiumSandbox).toBe(!isRoot);
    expect(args).not.toContain('--no-sandbox');
    expect(args).toContain('--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost');
  });

  test('draws in software only where TESSERA_SOFTWARE_WEBGPU says so, or as root', () => {
    const { args } = launchOptions('a browser');
    expect(args).not.toContain('--use-webgpu-adapter=swiftshader');
    expect(args.includes('--disable-software-rasterizer')).toBe(!isRoot);
  });
});

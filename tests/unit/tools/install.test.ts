import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isInstalled } from '../../../tools/install.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tessera-install-'));
  mkdirSync(join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, packages: object): void {
  writeFileSync(join(root, path), JSON.stringify({ packages }));
}

const WANTED = {
  '': { name: 'tessera' },
  'node_modules/vite': { version: '8.0.0' },
  'node_modules/vite-mac': { version: '8.0.0', optional: true },
};

describe('an install', () => {
  test('is done when every package is there in its version, but for those of other systems', () => {
    write('package-lock.json', WANTED);
    write('node_modules/.package-lock.json', { 'node_modules/vite': { version: '8.0.0' } });
    expect(isInstalled(root)).toBe(true);
  });

  test.each([
    ['a package is missing', {}],
    ['a package has another version', { 'node_modules/vite': { version: '7.0.0' } }],
  ])('is not done when %s', (_what, installed) => {
    write('package-lock.json', WANTED);
    write('node_modules/.package-lock.json', installed);
    expect(isInstalled(root)).toBe(false);
  });

  test('is not done in an empty clone', () => {
    write('package-lock.json', WANTED);
    expect(isInstalled(root)).toBe(false);
  });
});

/** What the repository holds: no trace of the machine it was written on, a size that clones fast. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, repositoryPaths } from './sources';

const MIB = 1024 * 1024;
const TREE_LIMIT_BYTES = 40 * MIB;
const POCKET_LIMIT_BYTES = 24_000_000;

/** Paths that exist on one machine only, and hosts that packages are fetched from. Written so that no pattern finds itself. */
const MACHINE_TRACES = [
  /(^|[\s'"`=(:])[/](work|root|tmp|mnt|home|Users)[/]/,
  /[A-Z]:[\\]+Users[\\]/,
  /registry[.]npmjs|pythonhosted[.]org|deb[.]debian[.]org/,
];

const paths = repositoryPaths();
const sizeBytes = (path: string): number => statSync(join(ROOT, path)).size;
const total = (some: readonly string[]): number => some.reduce((sum, path) => sum + sizeBytes(path), 0);

function tracesIn(path: string, text: string): string[] {
  return text
    .split('\n')
    .filter((line) => MACHINE_TRACES.some((trace) => trace.test(line)))
    .map((line) => `${path}: ${line.trim().slice(0, 120)}`);
}

/** The text of a file, or nothing for a binary one. */
function textOf(path: string): string {
  const bytes = readFileSync(join(ROOT, path));
  return bytes.subarray(0, 8192).includes(0) ? '' : bytes.toString('utf8');
}

describe('the tree', () => {
  test('names no machine path and no package host', () => {
    expect(paths.flatMap((path) => tracesIn(path, textOf(path)))).toEqual([]);
  });

  test.each([
    ['a working directory', "open('/wor" + "k/main/a.txt')"],
    ['a home directory', 'cd /ro' + 'ot/cache'],
    ['a temporary file', 'out=/tm' + 'p/a.png'],
    ['a Windows home', 'C:\\Us' + 'ers\\me'],
    ['a package host', 'https://registry' + '.npmjs.org/vite'],
  ])('catches %s', (_what, line) => {
    expect(tracesIn('a.txt', line)).toHaveLength(1);
  });

  test.each(['src/wor' + 'k/a.ts', 'https://example.org/ho' + 'me/a', '../tm' + 'p/a', '/usr/bin/env'])(
    'lets %s pass',
    (line) => {
      expect(tracesIn('a.txt', line)).toEqual([]);
    },
  );

  test('clones fast', () => {
    expect(total(paths)).toBeLessThanOrEqual(TREE_LIMIT_BYTES);
  });

  test('carries a model that loads fast', () => {
    expect(total(paths.filter((path) => path.startsWith('public/models/pocket/')))).toBeLessThanOrEqual(
      POCKET_LIMIT_BYTES,
    );
  });
});

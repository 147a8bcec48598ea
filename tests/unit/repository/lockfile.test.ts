/** `npm ci` refuses a lockfile that leaves out the packages of other systems: the repository would install on one only. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './sources';

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type LockedPackages = Readonly<Record<string, LockedPackage>>;

function gaps(packages: LockedPackages): string[] {
  const places = Object.keys(packages);
  const isLocked = (name: string) => places.some((place) => place.endsWith(`node_modules/${name}`));
  return Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(name))
      .map((name) => `${place} asks for ${name}`),
  );
}

describe('the lockfile', () => {
  test('names the packages of every system', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: LockedPackages;
    };
    expect(Object.keys(packages).length).toBeGreaterThan(50);
    expect(gaps(packages)).toEqual([]);
  });

  test('is caught when it leaves one out', () => {
    const packages = { 'node_modules/vite': { optionalDependencies: { 'vite-mac': '1.0.0', 'vite-linux': '1.0.0' } } };
    const withLinux = { ...packages, 'node_modules/vite-linux': { version: '1.0.0' } };
    expect(gaps(withLinux)).toEqual(['node_modules/vite asks for vite-mac']);
  });
});

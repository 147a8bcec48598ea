/** A clone of the repository whose Pocket is the tiny model with random weights: what the commands do, in seconds. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';

export const REPOSITORY = join(import.meta.dirname, '../..');
const CLONED = [
  'tools',
  'src',
  'workers',
  'public',
  'index.html',
  'embed.html',
  'serve.html',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
  'LICENSE',
  'THIRD_PARTY.md',
];

export interface TinyClone {
  readonly root: string;
  remove(): void;
}

/** A copy of the one that was built before all tests. */
export function createTinyClone(): TinyClone {
  const built = inject('builtCloneRoot');
  const clone = newClone();
  for (const name of [...CLONED, 'dist']) cpSync(join(built, name), join(clone.root, name), { recursive: true });
  // Newer than its sources, which were just copied too.
  const now = new Date();
  utimesSync(join(clone.root, 'dist/index.html'), now, now);
  return clone;
}

/** As it comes from git, with the tiny model. */
export function createUnbuiltClone(): TinyClone {
  const clone = newClone();
  const isWeights = (path: string) => path.startsWith(join(REPOSITORY, 'public/models'));
  for (const name of CLONED) {
    cpSync(join(REPOSITORY, name), join(clone.root, name), { recursive: true, filter: (path) => !isWeights(path) });
  }
  cpSync(join(REPOSITORY, 'tests/fixtures/tiny-pocket'), join(clone.root, 'public/models/pocket'), { recursive: true });
  return clone;
}

/** On the disk of node_modules, where builds are made before they are moved into place. */
function newClone(): TinyClone {
  const cache = join(REPOSITORY, '.cache');
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, 'clone-'));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'), 'junction');
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

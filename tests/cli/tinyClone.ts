/** A clone of the repository whose Pocket is the tiny model with random weights: what the commands do, in seconds. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

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

export function createTinyClone(): TinyClone {
  const cache = join(REPOSITORY, '.cache');
  mkdirSync(cache, { recursive: true });
  // On the disk of node_modules, where builds are made before they are moved into place.
  const root = mkdtempSync(join(cache, 'clone-'));
  const isWeights = (path: string) => path.startsWith(join(REPOSITORY, 'public/models'));
  for (const name of CLONED) {
    cpSync(join(REPOSITORY, name), join(root, name), { recursive: true, filter: (path) => !isWeights(path) });
  }
  cpSync(join(REPOSITORY, 'tests/fixtures/tiny-pocket'), join(root, 'public/models/pocket'), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'), 'junction');
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

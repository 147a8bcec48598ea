/** The repository as the checks see it: the files that belong to it, and their text. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

/** What an exported tree without git has that is not the repository's own. */
const NOT_OURS = /^(node_modules|dist|\.git|\.cache|\.venv|__pycache__|test-results|playwright-report)$/;

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Paths of all files of the repository; those git ignores are left out. */
export function repositoryPaths(): string[] {
  try {
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
    const listed = execFileSync('git', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
    const existing = new Set(walk(''));
    return String(listed)
      .split('\0')
      .filter((path) => existing.has(path));
  } catch {
    return walk('');
  }
}

/** TypeScript and JavaScript below the given folders, or the named files themselves. */
export function sourceFiles(places: readonly string[]): SourceFile[] {
  const isInPlace = (path: string) => places.some((place) => path === place || path.startsWith(`${place}/`));
  return repositoryPaths()
    .filter((path) => isInPlace(path) && /\.(tsx?|mjs)$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (NOT_OURS.test(entry.name)) return [];
    return entry.isDirectory() ? walk(path) : [path];
  });
}

/** Builds `dist/` when a source is newer than it. `node tools/build.mjs` builds in any case. */
import { existsSync, statSync } from 'node:fs';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isMain, ROOT } from './paths.mjs';

const DIST = join(ROOT, 'dist');
const BUILT = join(DIST, 'index.html');
const SOURCES = ['index.html', 'vite.config.ts', 'package-lock.json', 'tools/headers.mjs', 'src', 'workers', 'public'];

/** Builds only when something changed since the last build. */
export async function ensureBuilt() {
  const newestMs = Math.max(...(await Promise.all(SOURCES.map((path) => newestChangeMs(join(ROOT, path))))));
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs >= newestMs) return;
  await buildProduct();
}

/** Builds beside `dist/` and swaps, so a second command never sees half a product. */
export async function buildProduct() {
  const startedAt = new Date();
  process.stderr.write('Building Tessera…\n');
  const { build } = await import('vite');
  const outDir = join(ROOT, `node_modules/.cache/tessera/build-${process.pid}`);
  try {
    await build({ root: ROOT, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
    await rm(DIST, { recursive: true, force: true });
    await rename(outDir, DIST);
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
  // A source saved while the build ran must count as newer.
  await utimes(BUILT, startedAt, startedAt);
}

/**
 * The latest change at or below a path. Folders count: their time tells of removed files.
 *
 * @param {string} path
 * @returns {Promise<number>}
 */
async function newestChangeMs(path) {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const children = await readdir(path);
  const times = await Promise.all(children.map((child) => newestChangeMs(join(path, child))));
  return Math.max(entry.mtimeMs, ...times);
}

if (isMain(import.meta.url)) await buildProduct();

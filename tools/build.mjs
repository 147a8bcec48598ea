/** Builds `dist/` when a source is newer than it. `node tools/build.mjs` builds in any case. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isMain, ROOT } from './paths.mjs';

const DIST = join(ROOT, 'dist');
const BUILT = join(DIST, 'index.html');
const SOURCES = [
  'index.html',
  'embed.html',
  'serve.html',
  'vite.config.ts',
  'package-lock.json',
  'LICENSE',
  'THIRD_PARTY.md',
  'tools/build.mjs',
  'tools/headers.mjs',
  'tools/headersPlugin.mjs',
  'src',
  'workers',
  'public',
];

/** What code outside imports: one file of JavaScript without dependencies, and its types. */
const CLIENT = join(ROOT, 'src/client/index.ts');

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
    await build(clientConfig(outDir));
    await build(await serviceWorkerConfig(outDir));
    await writeClientTypes(outDir);
    await rm(DIST, { recursive: true, force: true });
    await rename(outDir, DIST);
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
  // A source saved while the build ran must count as newer.
  await utimes(BUILT, startedAt, startedAt);
}

/**
 * @param {string} outDir
 * @returns {import('vite').InlineConfig}
 */
function clientConfig(outDir) {
  const output = { entryFileNames: 'client.js', codeSplitting: false };
  return {
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: false,
      modulePreload: false,
      rolldownOptions: { input: CLIENT, preserveEntrySignatures: 'strict', output, checks: { bundlerTimings: false } },
    },
  };
}

/** What a browser keeps of the app from its first visit. The model's weights have a store of their own. */
const SHELL =
  /^((index|embed)\.html|embed\.json|[^/]+\.(svg|png|webmanifest)|(assets|ort|tokenizers)\/.*|models\/[^/]+\/vocabulary\.json)$/;
/** Names that change with what is in the file. */
const HASHED = /^assets\//;

/**
 * In the product's own folder, since a worker rules what is below it; in one file, since old browsers take no modules.
 *
 * @param {string} outDir
 * @returns {Promise<import('vite').InlineConfig>}
 */
async function serviceWorkerConfig(outDir) {
  const paths = (await readdir(outDir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(outDir, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
  const files = await Promise.all(
    paths
      .filter((path) => SHELL.test(path))
      .map(async (url) => ({ url, revision: HASHED.test(url) ? null : await hashOf(join(outDir, url)) })),
  );
  return {
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: {
      SHELL_FILES: JSON.stringify(files),
      'process.env.NODE_ENV': JSON.stringify('production'),
    },
    build: {
      outDir,
      emptyOutDir: false,
      rolldownOptions: {
        input: join(ROOT, 'workers/service-worker.ts'),
        output: { entryFileNames: 'service-worker.js', format: 'iife', codeSplitting: false },
        checks: { bundlerTimings: false },
      },
    },
  };
}

/** @param {string} path */
async function hashOf(path) {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Whether types are right is for `npm run check` to say.
 *
 * @param {string} outDir
 */
async function writeClientTypes(outDir) {
  const { default: ts } = await import('typescript');
  const program = ts.createProgram([CLIENT], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: join(ROOT, 'src'),
    outDir: join(outDir, 'types'),
  });
  program.emit();
  await writeFile(join(outDir, 'client.d.ts'), "export * from './types/client/index';\n");
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

/** Who may import whom. One table for our own folders, one for packages, and the shapes that are never allowed. */
import { posix } from 'node:path';
import ts from 'typescript';
import type { SourceFile } from './sources';

/** Plain data that crosses the worker boundary: both sides speak it. */
const JOB_DATA = ['src/pipeline/job', 'src/pipeline/progress', 'src/pipeline/workerApi'];

/** Folder or file -> the folders or files it may import besides itself. The longest matching key counts. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/api': [],
  'src/diffusion': [],
  'src/models': ['src/api'],
  'src/runtime': ['src/api'],
  'src/weights': ['src/api', 'src/pipeline/progress', 'src/pipeline/workerApi', 'src/storage'],
  'src/families': ['src/api', 'src/diffusion', 'src/models', 'src/runtime', ...JOB_DATA],
  'src/images': ['src/api'],
  'src/pipeline': [
    'src/api',
    'src/diffusion',
    'src/families',
    'src/images',
    'src/models',
    'src/runtime',
    'src/weights',
  ],
  'src/jobs': ['src/api', ...JOB_DATA],
  'src/jobs/library': ['src/api', 'src/weights/published', ...JOB_DATA],
  'src/jobs/supervisor': ['src/api', 'src/diffusion', 'src/jobs', ...JOB_DATA],
  'src/client': ['src/api', 'src/models', 'src/transport', ...JOB_DATA],
  'src/client/plan': ['src/client', 'src/diffusion'],
  'src/client/usageSummary': ['src/client', 'src/ledger'],
  'src/client/parts': [
    'src/api',
    'src/client',
    'src/hosted',
    'src/images',
    'src/jobs',
    'src/keys',
    'src/ledger',
    'src/models',
    'src/results',
  ],
  'src/client/drawing': ['src/api', 'src/client', 'src/diffusion', 'src/jobs', 'src/models', ...JOB_DATA],
  'src/client/modelShelfStore': ['src/client', 'src/models', 'src/storage'],
  'src/client/pageLibrary': ['src/api', 'src/client', 'src/jobs', 'src/models', ...JOB_DATA],
  'src/client/local': ['src/api', 'src/client', 'src/images', 'src/jobs', 'src/ledger', 'src/models', ...JOB_DATA],
  'src/hosted': ['src/api'],
  'src/storage': ['src/api'],
  'src/ledger': ['src/api', 'src/storage'],
  'src/results': ['src/api', 'src/storage'],
  'src/keys': ['src/api', 'src/storage'],
  'src/transport': ['src/api'],
  'src/ui': [
    'src/api',
    'src/client/account',
    'src/client/library',
    'src/client/tessera',
    'src/models',
    'src/transport',
    ...JOB_DATA,
  ],
  'src/main': ['src/api', 'src/client', 'src/images', 'src/models', 'src/transport', 'src/ui'],
  'src/embed': ['src/api', 'src/client', 'src/transport'],
  'src/serve': ['src/api', 'src/client', 'src/transport', ...JOB_DATA],
  'workers/service-worker': ['src/api', 'src/results', 'src/runtime/jspi', 'src/transport'],
  workers: ['src/api', 'src/families', 'src/pipeline', 'src/runtime', 'src/weights'],
};

/** Package -> the only files that may load it. */
const PACKAGE_OWNERS: Readonly<Record<string, RegExp>> = {
  'onnxruntime-web': /^src\/runtime\/session\.ts$/,
  'idb-keyval': /^src\/(.+\/)?\w*[sS]tore\.ts$/,
  'workbox-precaching': /^src\/transport\/serviceWorkerShell\.ts$/,
  comlink: /^(src\/jobs\/(engine|library)\.ts|workers\/[^/]+\.ts)$/,
};

/** Types leave no trace in the product, so the folder around the owner may name them. */
const TYPE_USERS: Readonly<Record<string, RegExp>> = { 'onnxruntime-web': /^src\/runtime\// };

/** Pure code: these folders load no package but those named. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  'src/api': ['@valibot/to-json-schema', 'big.js', 'hono', 'ulid', 'valibot'],
  'src/diffusion': [],
};

const BARRELS = new Set(['src/client/index.ts']);

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

interface Module {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly hasDefaultExport: boolean;
  readonly reExports: boolean;
}

/** One line per broken rule; empty when all is well. */
export function importViolations(files: readonly SourceFile[]): string[] {
  const modules = files.map(parse);
  const paths = new Set(files.map(({ path }) => path));
  return [...modules.flatMap((module) => moduleViolations(module, paths)), ...cycles(modules, paths)];
}

function moduleViolations(module: Module, paths: ReadonlySet<string>): string[] {
  const shape: string[] = [];
  if (module.hasDefaultExport) shape.push(`${module.path}: default export`);
  if (module.reExports && !BARRELS.has(module.path)) shape.push(`${module.path}: re-exports, only client/index.ts may`);
  return [...shape, ...module.imports.flatMap((imported) => importProblem(module.path, imported, paths) ?? [])];
}

function importProblem(path: string, imported: Import, paths: ReadonlySet<string>): string | null {
  const { specifier } = imported;
  if (!specifier.startsWith('.')) return packageProblem(path, imported);
  if (/\.(css|json)$/.test(specifier)) return null;
  const target = resolve(path, specifier, paths);
  if (target === null) return `${path}: '${specifier}' leads nowhere`;
  const place = longestKey(ALLOWED, path);
  if (place === null) return `${path}: no rule says what this folder may import`;
  const allowed = [place, ...(ALLOWED[place] ?? [])];
  return allowed.some((prefix) => isBelow(target, prefix)) ? null : `${path}: may not import ${target}`;
}

function packageProblem(path: string, { specifier, typeOnly }: Import): string | null {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const pure = longestKey(PURE, path);
  if (pure !== null && !PURE[pure]?.includes(name)) return `${path}: pure code may not import ${name}`;
  const owner = PACKAGE_OWNERS[name];
  if (!owner || owner.test(path)) return null;
  return typeOnly && TYPE_USERS[name]?.test(path) ? null : `${path}: may not import ${name}`;
}

function resolve(from: string, specifier: string, paths: ReadonlySet<string>): string | null {
  const base = posix.join(posix.dirname(from), specifier);
  return ['', '.ts', '.tsx', '/index.ts'].map((ending) => base + ending).find((path) => paths.has(path)) ?? null;
}

function longestKey(table: Readonly<Record<string, unknown>>, path: string): string | null {
  const keys = Object.keys(table).filter((key) => isBelow(path, key));
  return keys.sort((a, b) => b.length - a.length)[0] ?? null;
}

function isBelow(path: string, place: string): boolean {
  return path.startsWith(`${place}/`) || path.replace(/\.tsx?$/, '') === place;
}

/** Depth first; a path met again on the way down closes a cycle. */
function cycles(modules: readonly Module[], paths: ReadonlySet<string>): string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const { specifier } of byPath.get(path)?.imports ?? []) {
      const target = specifier.startsWith('.') ? resolve(path, specifier, paths) : null;
      if (target !== null) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of modules) visit(path, []);
  return found;
}

function parse({ path, text }: SourceFile): Module {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  let hasDefaultExport = false;
  let reExports = false;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== null) imports.push({ specifier, typeOnly: isTypeOnly(node) });
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) reExports = true;
    if (isDefaultExport(node)) hasDefaultExport = true;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, imports, hasDefaultExport, reExports };
}

/** Static imports, re-exports, `import('…')` and `typeof import('…')`. */
function specifierOf(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literal(node.moduleSpecifier);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return literal(node.argument.literal);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return literal(node.arguments[0]);
  return null;
}

function literal(node: ts.Node | undefined): string | null {
  return node && ts.isStringLiteralLike(node) ? node.text : null;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return ts.isImportDeclaration(node) && node.importClause?.isTypeOnly === true;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  );
}

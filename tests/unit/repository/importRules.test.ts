import { describe, expect, test } from 'vitest';
import { importViolations } from './importRules';
import { sourceFiles } from './sources';

/** A small product that keeps every rule; each case below breaks one. */
const LAWFUL: Readonly<Record<string, string>> = {
  'src/api/errors.ts': "import * as v from 'valibot';\nexport const errors = v;",
  'src/diffusion/euler.ts': 'export const euler = 1;',
  'src/runtime/session.ts': "import * as ort from 'onnxruntime-web';\nexport const session = ort;",
  'src/runtime/sum.ts': "import type { Tensor } from 'onnxruntime-web';\nexport type Sum = Tensor;",
  'src/weights/chunkStore.ts': "import { get } from 'idb-keyval';\nexport const read = get;",
  'src/pipeline/job.ts': 'export interface Job {}',
  'src/pipeline/generate.ts': "import { session } from '../runtime/session';\nexport const generate = session;",
  'src/jobs/engine.ts':
    "import { wrap } from 'comlink';\nimport type { Job } from '../pipeline/job';\nexport type E = Job;",
  'src/client/index.ts': "export { createLocal } from './local';",
  'src/client/local.ts': "import type { E } from '../jobs/engine';\nexport const createLocal = (e: E) => e;",
  'src/client/tessera.ts': 'export interface Tessera {}',
  'src/ui/studio.tsx':
    "import './studio.css';\nimport type { Tessera } from '../client/tessera';\nexport type S = Tessera;",
  'src/main.ts': "import { createLocal } from './client/local';\ncreateLocal;",
  'workers/generate.worker.ts':
    "import { expose } from 'comlink';\nimport { generate } from '../src/pipeline/generate';",
};

function violationsWith(change: Readonly<Record<string, string>>): string[] {
  return importViolations(Object.entries({ ...LAWFUL, ...change }).map(([path, text]) => ({ path, text })));
}

describe('import rules', () => {
  test('hold in this repository', () => {
    const files = sourceFiles(['src', 'workers']);
    expect(files.length).toBeGreaterThan(10);
    expect(importViolations(files)).toEqual([]);
  });

  test('let a lawful product pass', () => {
    expect(violationsWith({})).toEqual([]);
  });

  test.each([
    ['api imports our code', 'src/api/a.ts', "import '../pipeline/job';", 'may not import src/pipeline/job.ts'],
    ['api imports a package of another layer', 'src/api/a.ts', "import 'preact';", 'may not import preact'],
    ['diffusion imports a package', 'src/diffusion/a.ts', "import 'valibot';", 'may not import valibot'],
    ['diffusion imports api', 'src/diffusion/a.ts', "import '../api/errors';", 'may not import src/api/errors.ts'],
    ['a type counts as an import', 'src/api/a.ts', "export type A = import('../pipeline/job').Job;", 'may not import'],
    ['a lazy import counts', 'src/ui/a.ts', "await import('../pipeline/generate');", 'may not import'],
    ['the page imports the worker', 'src/ui/a.ts', "import '../../workers/generate.worker';", 'may not import'],
    ['the page imports the engine', 'src/ui/a.ts', "import '../jobs/engine';", 'may not import src/jobs/engine.ts'],
    ['a client imports the engine', 'src/client/a.ts', "import '../jobs/engine';", 'may not import'],
    [
      'runtime loads ORT elsewhere',
      'src/runtime/a.ts',
      "import 'onnxruntime-web/jspi';",
      'may not import onnxruntime-web',
    ],
    [
      'a family loads ORT',
      'src/families/a.ts',
      "import type { T } from 'onnxruntime-web';",
      'may not import onnxruntime-web',
    ],
    ['storage outside a store', 'src/weights/a.ts', "import { get } from 'idb-keyval';", 'may not import idb-keyval'],
    ['comlink outside the engine', 'src/jobs/a.ts', "import 'comlink';", 'may not import comlink'],
    ['an import that leads nowhere', 'src/ui/a.ts', "import './gone';", 'leads nowhere'],
    ['a folder without a rule', 'src/extras/a.ts', "import '../api/errors';", 'no rule'],
    ['a default export', 'src/ui/a.ts', 'export default 1;', 'default export'],
    ['a default export by name', 'src/ui/a.ts', 'const a = 1;\nexport { a as default };', 'default export'],
    ['a default function', 'src/ui/a.ts', 'export default function a() {}', 'default export'],
    ['a barrel', 'src/ui/index.ts', "export * from './studio';", 're-exports'],
    [
      'a cycle',
      'src/diffusion/euler.ts',
      "import './euler';",
      'cycle: src/diffusion/euler.ts -> src/diffusion/euler.ts',
    ],
  ])('catch: %s', (_rule, path, text, message) => {
    expect(violationsWith({ [path]: text }).join('\n')).toContain(message);
  });

  test('catch a cycle through three files', () => {
    const circle = {
      'src/ui/a.ts': "import './b';",
      'src/ui/b.ts': "import './c';",
      'src/ui/c.ts': "import type { A } from './a';",
    };
    expect(violationsWith(circle)).toEqual(['cycle: src/ui/a.ts -> src/ui/b.ts -> src/ui/c.ts -> src/ui/a.ts']);
  });
});

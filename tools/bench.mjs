/**
 * `npm run bench [-- --quick] [--only sessions|tiles|carriers|download] [--model FOLDER] [--out FOLDER]`: the product against bare
 * onnxruntime, large pictures by tiles, what carriers of the API and keeping a model cost, as ratios measured in one run. `--quick` takes one round with the tiny test
 * model: it shows that the bench works, not how fast we are.
 */
import './nodeVersion.mjs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { ROOT } from './paths.mjs';

const PARTS = /** @type {const} */ (['sessions', 'tiles', 'carriers', 'download']);

try {
  const options = readOptions();
  await ensureInstalled();
  // It loads packages: only now are they sure to be there.
  const { runBench } = await import('../bench/run.mjs');
  await runBench(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      model: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const parts = PARTS.filter((part) => values.only === undefined || values.only === part);
  if (parts.length === 0) throw new Error(`--only takes ${PARTS.join(' or ')}, not '${values.only}'.`);
  const out = join(ROOT, values.quick ? 'node_modules/.cache/tessera/bench-quick' : 'bench/results');
  return {
    quick: values.quick,
    parts,
    modelFolder: values.model ? resolve(values.model) : null,
    out: resolve(values.out ?? out),
  };
}

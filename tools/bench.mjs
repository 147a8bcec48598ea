/**
 * `npm run bench [-- --quick] [--model FOLDER] [--out FILE]`: the product against bare onnxruntime, as ratios measured
 * in one run. `--quick` takes one round with the tiny test model: it shows that the bench works, not how fast we are.
 */
import './nodeVersion.mjs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { ROOT } from './paths.mjs';

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
    options: { quick: { type: 'boolean', default: false }, model: { type: 'string' }, out: { type: 'string' } },
  });
  const out = join(ROOT, values.quick ? 'node_modules/.cache/tessera/bench-quick.json' : 'bench/results/bench.json');
  return {
    quick: values.quick,
    modelFolder: values.model ? resolve(values.model) : null,
    out: resolve(values.out ?? out),
  };
}

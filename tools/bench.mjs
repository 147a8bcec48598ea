/** `npm run bench`: how much slower than bare onnxruntime the product is, in ratios measured in one run. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    model: { type: 'string' },
    out: { type: 'string' },
  },
});

const { runBench } = await import('../bench/run.mjs');
await runBench({
  quick: values.quick,
  modelFolder: values.model === undefined ? null : resolve(values.model),
  out: resolve(values.out ?? join(import.meta.dirname, '../bench/results', values.quick ? 'quick.json' : 'bench.json')),
});

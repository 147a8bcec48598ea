/** The bench's result as a table for people, with the aims beside. */

/** @typedef {Awaited<ReturnType<typeof import('./run.mjs').measureSessions>>} BenchResult */

/** Ratios the project wants to stay below. */
export const AIMS = { overhead: 1.05, warmOverBare: 1.5 };

/** @param {BenchResult} result */
export function formatReport({ environment, model, overhead, starts, devices, node, rounds }) {
  const { adapter, osFamily, cores, browser } = environment;
  const { coldMs, warmMs, bareCreateMs, warmOverBare, coldOverWarm } = starts;
  return [
    `${osFamily}, ${cores} cores, browser ${browser}, WebGPU adapter: ${adapter ? adapter.description : 'none'}`,
    `Pocket ${model.revision} (${model.preset}), milliseconds and ratios are medians of ${rounds} rounds`,
    '',
    row(`Ours over bare session runs (${overhead.device}, ${overhead.steps} steps)`, 'ours', 'bare', 'ratio'),
    ...overhead.stages.map(({ stage, ourMs, bareMs, ratio }) => numbers(stage, [ourMs, bareMs, ratio])),
    numbers('whole picture', [overhead.ourTotalMs, overhead.bareTotalMs, overhead.ratio], AIMS.overhead),
    '',
    row(`Start (${starts.device})`, 'first', 'second', 'ratio'),
    numbers('warm start over creating bare sessions', [warmMs, bareCreateMs, warmOverBare], AIMS.warmOverBare),
    numbers('cold start over warm start', [coldMs, warmMs, coldOverWarm]),
    ...deviceRows(devices),
    ...nodeRows(node),
  ].join('\n');
}

/** @param {BenchResult['devices']} devices */
function deviceRows(devices) {
  if (!devices) return ['', 'WebGPU over wasm: not measured, there is no adapter'];
  const { software, latentHeight, latentWidth, upscalePasses, steps } = devices;
  const size = `${latentHeight}x${latentWidth} latent, ${steps} steps, ${upscalePasses} doublings`;
  const kind = software ? 'SOFTWARE adapter, ' : '';
  return [
    '',
    row(`WebGPU over wasm (${kind}${size})`, 'webgpu', 'wasm', 'ratio'),
    ...devices.stages.map(({ stage, webgpuMs, wasmMs, ratio }) => numbers(stage, [webgpuMs, wasmMs, ratio])),
  ];
}

/** @param {BenchResult['node']} node */
function nodeRows(node) {
  if (!node) return [];
  return [
    '',
    row(`onnxruntime-web wasm over onnxruntime-node (${node.threadsWeb} threads each)`, 'web', 'node', 'ratio'),
    ...node.stages.map(({ stage, webMs, nodeMs, ratio }) => numbers(stage, [webMs, nodeMs, ratio])),
  ];
}

/**
 * @param {string} label
 * @param {[firstMs: number, secondMs: number, ratio: number]} values
 * @param {number} [aim] for the ratio
 */
function numbers(label, [firstMs, secondMs, ratio], aim) {
  const verdict = aim === undefined ? '' : `  aim <= ${aim}: ${ratio <= aim ? 'met' : 'MISSED'}`;
  return row(`  ${label}`, firstMs.toFixed(1), secondMs.toFixed(1), ratio.toFixed(2)) + verdict;
}

/** @param {...string} cells the first is the label */
export function row(label = '', ...cells) {
  return label.padEnd(66) + cells.map((cell) => cell.padStart(10)).join('');
}

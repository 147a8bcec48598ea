/** Token ids -> what the UNet attends to: the last state of one CLIP encoder, or two joined and a pooled vector (SDXL). */
import type { StableDiffusionSpec } from '../../models/spec';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import { padTokens } from '../shared/clipTokenizer';
import { readTensor, type Values } from '../shared/feeds';
import type { GraphShelf } from '../shared/graphShelf';

/** Tokens that CLIP reads. */
const LENGTH = 77;

type Encoder = StableDiffusionSpec['textEncoders'][number];

interface TextOptions {
  readonly spec: StableDiffusionSpec;
  /** The prompt and, where it is guided, what it is steered away from. */
  readonly texts: readonly (readonly number[])[];
}

/** `memory0`, `memory1`: [1, L, width] of each text; `pooled0`, `pooled1` where an encoder gives one. */
export async function encodeText(
  runtime: Runtime,
  shelf: GraphShelf,
  { spec, texts }: TextOptions,
): Promise<Record<string, Tensor>> {
  const encoded: { states: Values[]; pooled: Values[] }[] = texts.map(() => ({ states: [], pooled: [] }));
  for (const encoder of spec.textEncoders) {
    const { graph } = await shelf.take(encoder);
    for (const [index, ids] of lengthened(texts, encoder).entries()) {
      const { state, pooled } = await runEncoder(runtime, graph, ids);
      encoded[index]?.states.push(state);
      if (pooled) encoded[index]?.pooled.push(pooled);
    }
  }
  return Object.fromEntries(
    encoded.flatMap(({ states, pooled }, index) => [
      [`memory${index}`, toTensor(runtime, joined(states))],
      ...pooled.slice(0, 1).map((values) => [`pooled${index}`, toTensor(runtime, values)]),
    ]),
  );
}

/** Filled up as the model was trained; else to the longest text, since both halves of the guidance run as one batch. */
function lengthened(texts: readonly (readonly number[])[], { padTokenId }: Encoder): number[][] {
  const longest = Math.max(...texts.map(({ length }) => length));
  const [length, filler] = padTokenId === null ? [longest, 0] : [LENGTH, padTokenId];
  return texts.map((ids) => padTokens(ids, { length, padTokenId: filler }));
}

/** Graphs of a fixed batch get the text as often as they want it; the first row counts. */
async function runEncoder(runtime: Runtime, graph: Graph, ids: readonly number[]) {
  const [input] = graph.inputs;
  if (!input) throw new TypeError('The text encoder takes nothing.');
  const batch = typeof input.dims[0] === 'number' ? input.dims[0] : 1;
  const rows = Array.from({ length: batch }, () => ids).flat();
  const outputs = await graph.run({ [input.name]: runtime.tensor(input.type, rows, [batch, ids.length]) });
  let state: Values | null = null;
  let pooled: Values | null = null;
  for (const name of graph.outputNames) {
    const values = outputs[name] ? await readTensor(runtime, outputs[name]) : null;
    // States are told from pooled vectors by their rank: names differ from export to export.
    if (values?.dims.length === 3) state ??= values;
    else if (values?.dims.length === 2) pooled ??= values;
  }
  if (!state) throw new TypeError('The text encoder gave no states.');
  return { state: firstRow(state), pooled: pooled && firstRow(pooled) };
}

function firstRow({ values, dims: [batch = 1, ...dims] }: Values): Values {
  return { values: values.subarray(0, values.length / batch), dims: [1, ...dims] };
}

/** Along the width, token by token. */
function joined(states: readonly Values[]): Values {
  const [first, ...others] = states;
  if (!first) throw new TypeError('A model has at least one text encoder.');
  if (others.length === 0) return first;
  const [, length = 0] = first.dims;
  const widths = states.map(({ dims }) => dims[2] ?? 0);
  const width = widths.reduce((sum, each) => sum + each, 0);
  const values = new Float32Array(length * width);
  let start = 0;
  for (const [index, state] of states.entries()) {
    const own = widths[index] ?? 0;
    for (let token = 0; token < length; token++) {
      values.set(state.values.subarray(token * own, (token + 1) * own), token * width + start);
    }
    start += own;
  }
  return { values, dims: [1, length, width] };
}

function toTensor(runtime: Runtime, { values, dims }: Values): Tensor {
  return runtime.float32(values, dims);
}

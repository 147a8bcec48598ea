/** Token ids -> what the UNet attends to: the last state of one CLIP encoder, or two joined and a pooled vector (SDXL). */
import type { StableDiffusionSpec } from '../../models/spec';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import { padTokens } from '../shared/clipTokenizer';
import { readTensor, type Values } from '../shared/feeds';
import type { GraphShelf } from '../shared/graphShelf';
import { type TextOutputs, textOutputs } from './textOutputs';

/** Tokens that CLIP reads. */
const LENGTH = 77;

type Ids = readonly number[];
type Encoder = StableDiffusionSpec['textEncoders'][number];

interface TextOptions {
  readonly spec: StableDiffusionSpec;
  readonly prompt: Ids;
  /** What it is steered away from: a text, or zeros in place of one. Null where it is not guided. */
  readonly negative: Ids | 'zeros' | null;
}

/** Of one text. */
interface Encoded {
  readonly state: Values;
  readonly pooled: Values | null;
}

/** `memory0`, `memory1`: [1, L, width] of each text; `pooled0`, `pooled1` where an encoder gives one. */
export async function encodeText(
  runtime: Runtime,
  shelf: GraphShelf,
  { spec, prompt, negative }: TextOptions,
): Promise<Record<string, Tensor>> {
  const { textEncoders } = spec;
  const texts = negative === null || negative === 'zeros' ? [prompt] : [prompt, negative];
  const encoders: Encoded[][] = [];
  for (const encoder of textEncoders) {
    const { graph } = await shelf.take(encoder);
    const outputs = textOutputs(graph.outputs, textEncoders.length > 1);
    encoders.push(await runEncoder(runtime, graph, { rows: lengthened(texts, encoder), outputs }));
  }
  const encoded = texts.map((_, index) => joined(encoders.flatMap((of) => of[index] ?? [])));
  if (negative === 'zeros') encoded.push(...encoded.map(emptied));
  return Object.fromEntries(
    encoded.flatMap(({ state, pooled }, index) => [
      [`memory${index}`, runtime.float32(state.values, state.dims)],
      ...(pooled ? [[`pooled${index}`, runtime.float32(pooled.values, pooled.dims)]] : []),
    ]),
  );
}

/** Filled up as the model was trained; else to the longest text, since both halves of the guidance run as one batch. */
function lengthened(texts: readonly Ids[], { padTokenId }: Encoder): number[][] {
  const longest = Math.max(...texts.map(({ length }) => length));
  const [length, filler] = padTokenId === null ? [longest, 0] : [LENGTH, padTokenId];
  return texts.map((ids) => padTokens(ids, { length, padTokenId: filler }));
}

interface EncoderRun {
  /** Ids of each text, all of one length. */
  readonly rows: readonly number[][];
  readonly outputs: TextOutputs;
}

/** As many texts at once as the graph was made for; an open batch takes one, which every export of it can. */
async function runEncoder(runtime: Runtime, graph: Graph, { rows, outputs }: EncoderRun): Promise<Encoded[]> {
  const [input] = graph.inputs;
  if (!input) throw new TypeError('The text encoder takes nothing.');
  const batch = typeof input.dims[0] === 'number' ? input.dims[0] : 1;
  const length = rows[0]?.length ?? 0;
  const encoded: Encoded[] = [];
  for (let start = 0; start < rows.length; start += batch) {
    const ids = Array.from({ length: batch }, (_, row) => rows[start + row] ?? rows[start] ?? []).flat();
    const given = await graph.run({ [input.name]: runtime.tensor(input.type, ids, [batch, length]) });
    const read = async (name: string | null) => (name && given[name] ? readTensor(runtime, given[name]) : null);
    const [state, pooled] = [await read(outputs.state), await read(outputs.pooled)];
    if (!state) throw new TypeError('The text encoder gave no states.');
    for (let row = 0; row < Math.min(batch, rows.length - start); row++) {
      encoded.push({ state: rowOf(state, row), pooled: pooled && rowOf(pooled, row) });
    }
  }
  return encoded;
}

function rowOf({ values, dims: [batch = 1, ...dims] }: Values, row: number): Values {
  const size = values.length / batch;
  return { values: values.subarray(row * size, (row + 1) * size), dims: [1, ...dims] };
}

/** States side by side, token by token. Of two pooled vectors the second encoder's counts: only that one is projected. */
function joined(encoders: readonly Encoded[]): Encoded {
  const states = encoders.map(({ state }) => state);
  const [, length = 0] = states[0]?.dims ?? [];
  const widths = states.map(({ dims: [, , width = 0] }) => width);
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
  return { state: { values, dims: [1, length, width] }, pooled: encoders.at(-1)?.pooled ?? null };
}

function emptied({ state, pooled }: Encoded): Encoded {
  const zeros = ({ values, dims }: Values) => ({ values: new Float32Array(values.length), dims });
  return { state: zeros(state), pooled: pooled && zeros(pooled) };
}

/** Runs a UNet of whatever types, names and batch its export declares. */
import { ApiError } from '../../api/errors';
import type { TensorInfo } from '../../runtime/elements';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import { feedOf, outputOf, readTensor, repeated, type Values } from '../shared/feeds';

interface Step {
  /** x = clean + sigma noise, [1, 4, h, w]. */
  readonly latent: Tensor;
  readonly sigma: number;
  readonly timestep: number;
  /** What `encodeText` gave, and `time_ids`. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Predictions for the prompt and, where it is guided, for what it is steered away from: one run if the batch allows. */
export async function predictNoise(
  runtime: Runtime,
  graph: Graph,
  step: Step & { readonly isGuided: boolean },
): Promise<Float32Array[]> {
  const { latent, sigma, isGuided } = step;
  const scale = 1 / Math.sqrt(sigma ** 2 + 1);
  const { values, dims } = await readTensor(runtime, latent);
  const sample = { values: values.map((value) => scale * value), dims };
  const texts = isGuided ? [0, 1] : [0];
  const batch = batchOf(graph);
  const runs = batch === null || batch >= texts.length ? [texts] : texts.map((text) => [text]);
  const predictions: Float32Array[] = [];
  for (const rows of runs) {
    // A graph of batch 2 that is not guided computes the same twice.
    const filled = Array.from({ length: batch ?? rows.length }, (_, i) => rows[i] ?? rows[0] ?? 0);
    const output = await runOnce(runtime, graph, { ...step, sample, rows: filled });
    predictions.push(...rows.map((_, i) => output.slice(i * values.length, (i + 1) * values.length)));
  }
  return predictions;
}

interface Run extends Pick<Step, 'timestep' | 'tensors'> {
  /** The latent as the model was trained to see it: of deviation 1. */
  readonly sample: Values;
  /** Which text each row of the batch is for. */
  readonly rows: readonly number[];
}

async function runOnce(runtime: Runtime, graph: Graph, run: Run): Promise<Float32Array> {
  const feeds: Record<string, Tensor> = {};
  for (const input of graph.inputs) feeds[input.name] = feedOf(runtime, input, await valuesFor(runtime, input, run));
  return (await readTensor(runtime, outputOf(graph, await graph.run(feeds)))).values;
}

async function valuesFor(runtime: Runtime, input: TensorInfo, { sample, timestep, tensors, rows }: Run) {
  const rowsOf = async (name: string) => {
    const texts = rows.map((row) => tensors[`${name}${row}`]);
    return stacked(await Promise.all(texts.map((text) => readTensor(runtime, text ?? refuse(input)))));
  };
  switch (input.name) {
    case 'timestep':
      return timesteps(input, timestep);
    case 'encoder_hidden_states':
      return rowsOf('memory');
    case 'text_embeds':
      return rowsOf('pooled');
    case 'time_ids':
      return repeated(await readTensor(runtime, tensors.time_ids ?? refuse(input)), rows.length);
    default:
      return input.dims.length === sample.dims.length ? repeated(sample, rows.length) : refuse(input);
  }
}

/** One for each row where the graph fixes as many, else one for all: exports disagree. */
function timesteps({ dims }: TensorInfo, timestep: number): Values {
  const [length] = dims;
  const count = typeof length === 'number' ? length : 1;
  return { values: new Float32Array(count).fill(timestep), dims: dims.length === 0 ? [] : [count] };
}

function stacked(rows: readonly Values[]): Values {
  const [, ...dims] = rows[0]?.dims ?? [];
  const values = new Float32Array(rows.reduce((sum, row) => sum + row.values.length, 0));
  for (const [index, row] of rows.entries()) values.set(row.values, index * row.values.length);
  return { values, dims: [rows.length, ...dims] };
}

function refuse({ name }: TensorInfo): never {
  const message = `This model's UNet asks for '${name}', which Tessera does not have for it. Choose another model.`;
  throw new ApiError('invalid_parameter', message, 'model');
}

/** How many rows the graph runs at once; null where it takes any number. */
function batchOf({ inputs }: Graph): number | null {
  const sample = inputs.find(({ dims }) => dims.length === 4);
  const batch = sample?.dims[0];
  return typeof batch === 'number' ? batch : null;
}

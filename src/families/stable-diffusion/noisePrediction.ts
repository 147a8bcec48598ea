/** Runs a UNet of whatever types and batch, and turns what it predicts into a clean latent. */
import type { StableDiffusionSpec } from '../../models/spec';
import type { TensorInfo } from '../../runtime/elements';
import type { Graph, Runtime, Tensor } from '../../runtime/session';
import { feedOf, outputOf, readTensor, repeated } from '../shared/feeds';

export interface Unet {
  readonly graph: Graph;
  readonly prediction: StableDiffusionSpec['prediction'];
}

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
  { graph }: Unet,
  step: Step & { readonly isGuided: boolean },
): Promise<Float32Array[]> {
  const { latent, sigma, isGuided } = step;
  const scale = 1 / Math.sqrt(sigma ** 2 + 1);
  const values = (await readTensor(runtime, latent)).values.map((value) => scale * value);
  const texts = isGuided ? [0, 1] : [0];
  const batch = batchOf(graph);
  const runs = batch === null || batch >= texts.length ? [texts] : texts.map((text) => [text]);
  const predictions: Float32Array[] = [];
  for (const rows of runs) {
    // A graph of batch 2 that is not guided computes the same twice.
    const filled = Array.from({ length: batch ?? rows.length }, (_, i) => rows[i] ?? rows[0] ?? 0);
    const output = await runOnce(runtime, graph, { ...step, values, rows: filled });
    predictions.push(...rows.map((_, i) => output.slice(i * values.length, (i + 1) * values.length)));
  }
  return predictions;
}

/** D = x - sigma eps, or of a velocity: x / (sigma^2 + 1) - v sigma / sqrt(sigma^2 + 1) (Salimans and Ho 2022, app. D). */
export function guidedMix(
  runtime: Runtime,
  mix: {
    readonly latent: Tensor;
    readonly sigma: number;
    readonly predictions: readonly Float32Array[];
    /** Scale of classifier-free guidance (Ho and Salimans 2021). */
    readonly guidance: number;
    readonly prediction: Unet['prediction'];
  },
): Tensor {
  const { latent, sigma, predictions, guidance, prediction } = mix;
  const [towards, from] = predictions;
  const noisy = latent.data as Float32Array;
  const shrink = prediction === 'epsilon' ? 1 : 1 / (sigma ** 2 + 1);
  const step = prediction === 'epsilon' ? sigma : sigma * Math.sqrt(shrink);
  const clean = Float32Array.from(noisy, (x, i) => {
    const guess = towards?.[i] ?? Number.NaN;
    const other = from ? (from[i] ?? Number.NaN) : guess;
    return shrink * x - step * (other + guidance * (guess - other));
  });
  return runtime.float32(clean, latent.dims);
}

interface Run extends Step {
  readonly values: Float32Array;
  /** Which text each row of the batch is for. */
  readonly rows: readonly number[];
}

async function runOnce(runtime: Runtime, graph: Graph, { values, rows, timestep, tensors, latent }: Run) {
  const count = rows.length;
  const [, ...dims] = latent.dims;
  const feeds: Record<string, Tensor> = {};
  for (const input of graph.inputs) feeds[input.name] = await feedFor(input);
  const output = outputOf(graph, await graph.run(feeds));
  return (await readTensor(runtime, output)).values;

  async function feedFor(input: TensorInfo): Promise<Tensor> {
    switch (input.name) {
      case 'timestep':
        return feedOf(runtime, input, {
          values: Float32Array.from({ length: timesteps(input) }, () => timestep),
          dims: input.dims.length === 0 ? [] : [timesteps(input)],
        });
      case 'encoder_hidden_states':
        return feedOf(runtime, input, await rowsOf('memory'));
      case 'text_embeds':
        return feedOf(runtime, input, await rowsOf('pooled'));
      case 'time_ids':
        return feedOf(runtime, input, repeated(await readTensor(runtime, known('time_ids')), count));
      default:
        return feedOf(runtime, input, repeated({ values, dims: [1, ...dims] }, count));
    }
  }

  /** One for each row where the graph fixes as many, else one for all: exports disagree. */
  function timesteps({ dims: [length] }: TensorInfo): number {
    return typeof length === 'number' ? length : 1;
  }

  async function rowsOf(name: string) {
    const parts = await Promise.all(rows.map((row) => readTensor(runtime, known(`${name}${row}`))));
    const [, ...own] = parts[0]?.dims ?? [];
    const joined = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
    for (const [index, part] of parts.entries()) joined.set(part.values, index * part.values.length);
    return { values: joined, dims: [count, ...own] };
  }

  function known(name: string): Tensor {
    const tensor = tensors[name];
    if (!tensor) throw new TypeError(`The UNet asks for '${name}', which the text encoders of this model do not give.`);
    return tensor;
  }
}

/** How many rows the graph runs at once; null where it takes any number. */
function batchOf({ inputs }: Graph): number | null {
  const sample = inputs.find(({ dims }) => dims.length === 4);
  const batch = sample?.dims[0];
  return typeof batch === 'number' ? batch : null;
}

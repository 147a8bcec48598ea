/** Numbers in and out of graphs that declare their own types. Between two runs everything is 32-bit floats on the CPU. */
import type { TensorInfo } from '../../runtime/elements';
import type { Graph, Runtime, Tensor } from '../../runtime/session';

export interface Values {
  readonly values: Float32Array;
  readonly dims: readonly number[];
}

/** In the type that the graph asks for. */
export function feedOf(runtime: Runtime, { type }: TensorInfo, { values, dims }: Values): Tensor {
  return runtime.tensor(type, values, dims);
}

/** The tensor's numbers; it stays readable, since tensors of published models live on the CPU. */
export async function readTensor(runtime: Runtime, tensor: Tensor): Promise<Values> {
  return { values: await runtime.read(tensor), dims: tensor.dims };
}

/** The same rows again and again, along the first dimension. */
export function repeated({ values, dims: [, ...dims] }: Values, count: number): Values {
  const rows = new Float32Array(values.length * count);
  for (let row = 0; row < count; row++) rows.set(values, row * values.length);
  return { values: rows, dims: [count, ...dims] };
}

/** The graph's first output: names differ from export to export. */
export function outputOf(graph: Graph, outputs: Readonly<Record<string, Tensor>>): Tensor {
  const output = outputs[graph.outputNames[0] ?? ''];
  if (!output) throw new TypeError('The graph gave nothing.');
  return output;
}

/** The input of that name. */
export function inputOf(graph: Graph, name: string): TensorInfo {
  const input = graph.inputs.find((each) => each.name === name);
  if (!input) throw new TypeError(`The graph has no input '${name}'.`);
  return input;
}

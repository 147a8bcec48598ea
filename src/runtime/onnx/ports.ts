/** What a graph takes, told from its file without loading it: a graph with its weights inside may have gigabytes. */
import { BlobReader } from './blobReader';
import { GRAPH, readValue, type ValueInfo } from './model';
import { readText } from './wire';

const MODEL_GRAPH = 7;
const TENSOR_NAME = 8;

/** Inputs that are not weights, in order. Throws `weights_damaged` on a file that is no graph. */
export async function readInputs(file: Blob): Promise<ValueInfo[]> {
  const reader = new BlobReader(file);
  const inputs: ValueInfo[] = [];
  const weights = new Set<string>();
  for await (const graph of reader.fields(0, file.size)) {
    if (graph.number !== MODEL_GRAPH) continue;
    for await (const field of reader.fields(graph.contentStart, graph.end)) {
      if (field.number === GRAPH.input) inputs.push(readValue(await reader.bytes(field.contentStart, field.end)));
      if (field.number === GRAPH.initializer) weights.add(await nameOf(reader, field));
    }
  }
  return inputs.filter(({ name }) => !weights.has(name));
}

async function nameOf(
  reader: BlobReader,
  tensor: { readonly contentStart: number; readonly end: number },
): Promise<string> {
  for await (const field of reader.fields(tensor.contentStart, tensor.end)) {
    if (field.number === TENSOR_NAME) return readText(await reader.bytes(field.contentStart, field.end));
  }
  return '';
}

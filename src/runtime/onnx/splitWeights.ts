/**
 * A graph that holds its weights, loaded as one whose weights lie beside it.
 *
 * onnxruntime copies a graph into its heap, which ends at 4 GiB and never shrinks: 1.7 GB in one file take twice that and
 * often fail. Weights beside the graph go straight to where they are used. So the nodes are copied out, and each large
 * weight becomes a reference to its place in the very same file, which stays as it was published.
 */
import type { GraphFiles } from '../graphFiles';
import { BlobReader } from './blobReader';
import { encodeHeader, encodeMessage, joinParts, totalBytes } from './wire';

/** As the split graph names the file it came from. */
const LOCATION = 'whole';

/** Smaller weights stay in the graph: shapes must, since onnxruntime reads them before it knows other files. */
const SMALLEST_SPLIT_BYTES = 4096;

const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR = { raw: 9, externalData: 13, dataLocation: 14 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const EXTERNAL = 1;

/** @param file a valid ONNX file; reads little more than its nodes */
export async function splitWeights(file: Blob): Promise<GraphFiles> {
  const reader = new BlobReader(file);
  const parts: Uint8Array[] = [];
  for await (const field of reader.fields(0, file.size)) {
    if (field.number !== MODEL_GRAPH) parts.push(await reader.bytes(field.start, field.end));
    else parts.push(...delimited(MODEL_GRAPH, await splitGraph(reader, field.contentStart, field.end)));
  }
  return { graph: joinParts(parts), externalData: [{ location: LOCATION, file }] };
}

async function splitGraph(reader: BlobReader, start: number, end: number): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const field of reader.fields(start, end)) {
    const isLarge = field.number === GRAPH_INITIALIZER && field.end - field.contentStart >= SMALLEST_SPLIT_BYTES;
    if (!isLarge) parts.push(await reader.bytes(field.start, field.end));
    else parts.push(...delimited(GRAPH_INITIALIZER, await splitTensor(reader, field.contentStart, field.end)));
  }
  return parts;
}

async function splitTensor(reader: BlobReader, start: number, end: number): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const field of reader.fields(start, end)) {
    const isRaw = field.number === TENSOR.raw && field.end - field.contentStart >= SMALLEST_SPLIT_BYTES;
    parts.push(isRaw ? reference(field.contentStart, field.end) : await reader.bytes(field.start, field.end));
  }
  return parts;
}

function reference(start: number, end: number): Uint8Array {
  const entry = (key: string, value: string) =>
    encodeMessage([
      [ENTRY.key, key],
      [ENTRY.value, value],
    ]);
  return encodeMessage([
    [TENSOR.externalData, entry('location', LOCATION)],
    [TENSOR.externalData, entry('offset', String(start))],
    [TENSOR.externalData, entry('length', String(end - start))],
    [TENSOR.dataLocation, EXTERNAL],
  ]);
}

function delimited(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  return [encodeHeader(number, totalBytes(parts)), ...parts];
}

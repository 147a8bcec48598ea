/**
 * An ONNX file with its nodes in the open and all else as it came: weights are views into the file, never decoded.
 * Field numbers are those of onnx.proto3.
 */
import {
  type Entry,
  encodeHeader,
  encodeMessage,
  joinParts,
  readFields,
  readIntegers,
  readText,
  totalBytes,
} from './wire';

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Each an AttributeProto. */
  readonly attributes: readonly Uint8Array[];
}

export interface OnnxModel {
  readonly file: Uint8Array;
  /** Version of ONNX's own operators. */
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  /** Name to TensorProto. */
  readonly initializers: ReadonlyMap<string, Uint8Array>;
  /** What a caller feeds: inputs that are not weights. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

export interface ValueInfo {
  readonly name: string;
  readonly dataType: number;
  /** Null where a dimension is left open. */
  readonly dims: readonly (number | null)[];
}

export interface GraphChange {
  /** All of them, in the order they run. */
  readonly nodes: readonly OnnxNode[];
  /** To be added: TensorProto and ValueInfoProto. */
  readonly initializers: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  /** Names of inputs and outputs that go. */
  readonly replaced: readonly string[];
}

const MODEL = { opsetImport: 8, graph: 7 } as const;
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
const OPSET = { domain: 1, version: 2 } as const;
const TENSOR_NAME = 8;
const VALUE = { name: 1, type: 2 } as const;
const TENSOR_TYPE = 1;
const ELEMENT_TYPE = 1;
const SHAPE = 2;
const DIMENSION = 1;
const DIMENSION_VALUE = 1;

/** Nodes that were read keep the bytes they came in, with fields this code does not know. */
const originals = new WeakMap<OnnxNode, Uint8Array>();

export function readModel(file: Uint8Array): OnnxModel {
  const top = readFields(file);
  const graph = readFields(firstContent(top, MODEL.graph));
  const contents = (number: number) => graph.filter((field) => field.number === number).map(({ content }) => content);
  const initializers = new Map(contents(GRAPH.initializer).map((tensor) => [nameIn(tensor, TENSOR_NAME), tensor]));
  return {
    file,
    opset: Math.max(
      ...top.filter(({ number }) => number === MODEL.opsetImport).map(({ content }) => onnxOpset(content)),
    ),
    nodes: contents(GRAPH.node).map(readNode),
    initializers,
    inputs: contents(GRAPH.input)
      .map(readValue)
      .filter(({ name }) => !initializers.has(name)),
    outputs: contents(GRAPH.output).map(readValue),
  };
}

/** The file with other nodes and more weights, inputs and outputs. */
export function writeModel(model: OnnxModel, change: GraphChange): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const { number, whole, content } of readFields(model.file)) {
    if (number !== MODEL.graph) parts.push(whole);
    else parts.push(...delimited(MODEL.graph, changedGraph(content, change)));
  }
  return joinParts(parts);
}

export function encodeNode(node: OnnxNode): Uint8Array {
  const { name, opType, domain, inputs, outputs, attributes } = node;
  const entries: Entry[] = [
    ...inputs.map((input): Entry => [NODE.input, input]),
    ...outputs.map((output): Entry => [NODE.output, output]),
    [NODE.name, name],
    [NODE.opType, opType],
    ...attributes.map((attribute): Entry => [NODE.attribute, attribute]),
    [NODE.domain, domain],
  ];
  return originals.get(node) ?? encodeMessage(entries);
}

function changedGraph(graph: Uint8Array, change: GraphChange): Uint8Array[] {
  const replaced = new Set(change.replaced);
  const kept = readFields(graph).filter(({ number, content }) => {
    const isEnd = number === GRAPH.input || number === GRAPH.output;
    return number !== GRAPH.node && !(isEnd && replaced.has(nameIn(content, VALUE.name)));
  });
  const added = (number: number, messages: readonly Uint8Array[]) =>
    messages.flatMap((message) => delimited(number, [message]));
  return [
    ...kept.map(({ whole }) => whole),
    ...added(GRAPH.node, change.nodes.map(encodeNode)),
    ...added(GRAPH.initializer, change.initializers),
    ...added(GRAPH.input, change.inputs),
    ...added(GRAPH.output, change.outputs),
  ];
}

function delimited(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  return [encodeHeader(number, totalBytes(parts)), ...parts];
}

function readNode(bytes: Uint8Array): OnnxNode {
  const fields = readFields(bytes);
  const contents = (number: number) => fields.filter((field) => field.number === number).map(({ content }) => content);
  const text = (number: number) => contents(number).map(readText).at(-1) ?? '';
  const node: OnnxNode = {
    name: text(NODE.name),
    opType: text(NODE.opType),
    domain: text(NODE.domain),
    inputs: contents(NODE.input).map(readText),
    outputs: contents(NODE.output).map(readText),
    attributes: contents(NODE.attribute),
  };
  originals.set(node, bytes);
  return node;
}

/** A ValueInfoProto. */
export function readValue(bytes: Uint8Array): ValueInfo {
  const type = firstContent(readFields(bytes), VALUE.type);
  const tensorType = readFields(firstContent(readFields(type), TENSOR_TYPE));
  const [dataType = 0] = readIntegers(firstContent(tensorType, ELEMENT_TYPE));
  const shape = readFields(firstContent(tensorType, SHAPE)).filter(({ number }) => number === DIMENSION);
  const dims = shape.map(({ content }) => {
    const fixed = readFields(content).find(({ number }) => number === DIMENSION_VALUE);
    return fixed ? (readIntegers(fixed.content)[0] ?? null) : null;
  });
  return { name: nameIn(bytes, VALUE.name), dataType, dims };
}

function onnxOpset(content: Uint8Array): number {
  const fields = readFields(content);
  const domain = fields.find(({ number }) => number === OPSET.domain);
  if (domain && domain.content.byteLength > 0 && readText(domain.content) !== 'ai.onnx') return 0;
  const version = fields.find(({ number }) => number === OPSET.version);
  return readIntegers(version?.content ?? new Uint8Array())[0] ?? 0;
}

function nameIn(message: Uint8Array, number: number): string {
  return readText(firstContent(readFields(message), number));
}

function firstContent(fields: ReturnType<typeof readFields>, number: number): Uint8Array {
  return fields.find((field) => field.number === number)?.content ?? new Uint8Array();
}

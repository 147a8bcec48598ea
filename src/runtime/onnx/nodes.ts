/** Makes the pieces that are added to an ONNX file. */
import { encodeNode, GRAPH, type OnnxNode } from './model';
import { type Entry, encodeMessage, readFields, readIntegers, readText } from './wire';

/** Field numbers of AttributeProto and its two types used here. */
const ATTRIBUTE = { name: 1, integer: 3, graph: 6, integers: 8, type: 20 } as const;
const ATTRIBUTE_TYPE = { integer: 2, graph: 5, integers: 7 } as const;

type Attribute = readonly [name: string, value: number | readonly number[] | Uint8Array];

/** A node of ONNX's own operators, named after its first output. */
export function makeNode(
  opType: string,
  ends: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
  attributes: readonly Attribute[] = [],
): OnnxNode {
  return { opType, domain: '', name: ends.outputs[0] ?? '', ...ends, attributes: attributes.map(encodeAttribute) };
}

/** Runs one of two branches; both must make the same outputs. */
export function makeIf(
  condition: string,
  output: string,
  branches: { whenTrue: Uint8Array; whenFalse: Uint8Array },
): OnnxNode {
  return makeNode('If', { inputs: [condition], outputs: [output] }, [
    ['then_branch', branches.whenTrue],
    ['else_branch', branches.whenFalse],
  ]);
}

/** A branch, whose result is the first output of its last node. It sees every value of the graph around it. */
export function encodeBranch(nodes: readonly OnnxNode[], dataType: number): Uint8Array {
  const output = nodes.at(-1)?.outputs[0] ?? '';
  return encodeMessage([
    ...nodes.map((node): Entry => [GRAPH.node, encodeNode(node)]),
    [GRAPH.name, output],
    [GRAPH.output, encodeValue(output, dataType)],
  ]);
}

/** ValueInfoProto: a name and a type; any shape unless sizes are given. */
export function encodeValue(name: string, dataType: number, dims?: readonly number[]): Uint8Array {
  const shape = dims?.map((size): Entry => [1, encodeMessage([[1, size]])]);
  const tensorType = encodeMessage([[1, dataType], ...(shape ? [[2, encodeMessage(shape)] as Entry] : [])]);
  return encodeMessage([
    [1, name],
    [2, encodeMessage([[1, tensorType]])],
  ]);
}

/** An integer attribute, or null. */
export function integerAttribute(node: OnnxNode, name: string): number | null {
  const content = attributeField(node, name, ATTRIBUTE.integer);
  return content ? (readIntegers(content)[0] ?? null) : null;
}

/** A float attribute, or null. */
export function floatAttribute(node: OnnxNode, name: string): number | null {
  const content = attributeField(node, name, 2);
  return content ? new DataView(content.buffer, content.byteOffset).getFloat32(0, true) : null;
}

export function attributeName(attribute: Uint8Array): string {
  return readText(readFields(attribute).find(({ number }) => number === ATTRIBUTE.name)?.content ?? new Uint8Array());
}

function attributeField(node: OnnxNode, name: string, number: number): Uint8Array | undefined {
  const attribute = node.attributes.find((bytes) => attributeName(bytes) === name);
  return attribute && readFields(attribute).find((field) => field.number === number)?.content;
}

function encodeAttribute([name, value]: Attribute): Uint8Array {
  const head: Entry = [ATTRIBUTE.name, name];
  if (typeof value === 'number')
    return encodeMessage([head, [ATTRIBUTE.integer, value], [ATTRIBUTE.type, ATTRIBUTE_TYPE.integer]]);
  if (value instanceof Uint8Array)
    return encodeMessage([head, [ATTRIBUTE.graph, value], [ATTRIBUTE.type, ATTRIBUTE_TYPE.graph]]);
  const integers = value.map((integer): Entry => [ATTRIBUTE.integers, integer]);
  return encodeMessage([head, ...integers, [ATTRIBUTE.type, ATTRIBUTE_TYPE.integers]]);
}

/** The few tensors of an ONNX file that have to be read or made: shapes, and vectors of one number a group. */
import type { OnnxModel, OnnxNode } from './model';
import { encodeMessage, readFields, readIntegers, readText } from './wire';

export const FLOAT32 = 1;
export const INT64 = 7;
export const BOOL = 9;
export const FLOAT16 = 10;

export interface SmallTensor {
  readonly dataType: number;
  readonly values: readonly number[];
}

const TENSOR = { dims: 1, dataType: 2, floats: 4, int32s: 5, int64s: 7, name: 8, raw: 9 } as const;
const ATTRIBUTE = { name: 1, tensor: 5 } as const;

/** An initializer, or what a Constant node holds; null when the value is computed or of another type. */
export function readConstant(model: OnnxModel, name: string): SmallTensor | null {
  const tensor = model.initializers.get(name) ?? constantOf(model.nodes, name);
  return tensor ? readTensor(tensor) : null;
}

/** A vector of integers. */
export function encodeInt64s(name: string, values: readonly number[]): Uint8Array {
  const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return encodeVector(name, { dataType: INT64, count: values.length, raw });
}

/** A vector of one number. */
export function encodeFloat(name: string, value: number): Uint8Array {
  const raw = new Uint8Array(Float32Array.of(value).buffer);
  return encodeVector(name, { dataType: FLOAT32, count: 1, raw });
}

/** A vector of nothing but ones, or zeros. */
export function encodeEqual(name: string, options: { dataType: number; count: number; value: 0 | 1 }): Uint8Array {
  const { dataType, count, value } = options;
  const raw =
    dataType === FLOAT16 ? new Uint16Array(count).fill(value * HALF_ONE) : new Float32Array(count).fill(value);
  return encodeVector(name, { dataType, count, raw: new Uint8Array(raw.buffer) });
}

const HALF_ONE = 0x3c00;

function encodeVector(name: string, options: { dataType: number; count: number; raw: Uint8Array }): Uint8Array {
  return encodeMessage([
    [TENSOR.dims, options.count],
    [TENSOR.dataType, options.dataType],
    [TENSOR.name, name],
    [TENSOR.raw, options.raw],
  ]);
}

function constantOf(nodes: readonly OnnxNode[], name: string): Uint8Array | undefined {
  const node = nodes.find(({ opType, outputs }) => opType === 'Constant' && outputs[0] === name);
  for (const attribute of node?.attributes ?? []) {
    const fields = readFields(attribute);
    const isValue = fields.some(({ number, content }) => number === ATTRIBUTE.name && readText(content) === 'value');
    if (isValue) return fields.find(({ number }) => number === ATTRIBUTE.tensor)?.content;
  }
  return undefined;
}

function readTensor(tensor: Uint8Array): SmallTensor | null {
  const fields = readFields(tensor);
  const contents = (number: number) => fields.filter((field) => field.number === number).map(({ content }) => content);
  const dataType = contents(TENSOR.dataType).flatMap(readIntegers)[0];
  const raw = contents(TENSOR.raw);
  if (dataType === FLOAT32) return { dataType, values: [...raw, ...contents(TENSOR.floats)].flatMap(float32s) };
  if (dataType === INT64)
    return { dataType, values: [...raw.flatMap(int64s), ...contents(TENSOR.int64s).flatMap(readIntegers)] };
  if (dataType !== FLOAT16) return null;
  const halves = [...raw.flatMap(uint16s), ...contents(TENSOR.int32s).flatMap(readIntegers)];
  return { dataType, values: halves.map(halfToNumber) };
}

/** Copies first: a view into the file need not start at a multiple of its element size. */
const float32s = (bytes: Uint8Array) => Array.from(new Float32Array(new Uint8Array(bytes).buffer));
const int64s = (bytes: Uint8Array) => Array.from(new BigInt64Array(new Uint8Array(bytes).buffer), Number);
const uint16s = (bytes: Uint8Array) => Array.from(new Uint16Array(new Uint8Array(bytes).buffer));

/** IEEE 754 binary16. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

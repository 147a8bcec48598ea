/** Numbers in the element types that graphs declare. Exports of one model differ in them, so none is ever assumed. */
import { Float16Array as FallbackFloat16Array } from '@petamoriken/float16';

/** The element types that published graphs have at their ends. */
export type ElementType = 'float32' | 'float16' | 'int64' | 'int32' | 'bool';

export type ElementData = Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array;

/** What a graph declares of an input or output; a dimension without a fixed size has a name. */
export interface TensorInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

export function isElementType(type: string): type is ElementType {
  return ['float32', 'float16', 'int64', 'int32', 'bool'].includes(type);
}

/** Rounds to the nearest where the type is narrower. */
export function toElements(type: ElementType, values: ArrayLike<number>): ElementData {
  switch (type) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'float16':
      return toHalf(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values), (value) => BigInt(Math.round(value)));
    case 'int32':
      return Int32Array.from(values, Math.round);
    case 'bool':
      return Uint8Array.from(values, (value) => (value ? 1 : 0));
  }
}

/** @param data what `Tensor.getData` gives: half floats are a `Float16Array` where the browser has one, else their bits */
export function toFloats(type: string, data: unknown): Float32Array {
  if (data instanceof Float32Array) return data;
  if (type === 'float16' && ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    return Float32Array.from(new HalfArray(buffer as ArrayBuffer, byteOffset, byteLength / 2));
  }
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

/** The browser's own where it has one (Chrome 135): onnxruntime then takes no other. */
const HalfArray: Float16ArrayConstructor =
  globalThis.Float16Array ?? (FallbackFloat16Array as unknown as Float16ArrayConstructor);

function toHalf(values: ArrayLike<number>): Uint16Array {
  const half = HalfArray.from(values);
  if (globalThis.Float16Array) return half as unknown as Uint16Array;
  return new Uint16Array(half.buffer, half.byteOffset, half.length);
}

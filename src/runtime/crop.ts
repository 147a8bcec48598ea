/** Cuts a window out of a tensor [1, C, H, W], on the GPU where it lies there. */
import type * as Ort from 'onnxruntime-web';
import { type Kernels, TILE_THREADS } from './kernels';

export interface CropWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Dims = readonly number[];

/** Throws `RangeError` when the window is not inside: a shader would read something else and say nothing. */
export function checkWindow([, , height = 0, width = 0]: Dims, window: CropWindow): void {
  const { left, top } = window;
  if (left >= 0 && top >= 0 && left + window.width <= width && top + window.height <= height) return;
  throw new RangeError(`The window ${JSON.stringify(window)} is not inside ${width} x ${height}.`);
}

/** @param values [1, C, H, W] */
export function cropValues(
  values: Float32Array,
  [, channels = 0, height = 0, width = 0]: Dims,
  window: CropWindow,
): Float32Array<ArrayBuffer> {
  const cropped = new Float32Array(channels * window.height * window.width);
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < window.height; y++, to += window.width) {
      const from = (channel * height + window.top + y) * width + window.left;
      cropped.set(values.subarray(from, from + window.width), to);
    }
  }
  return cropped;
}

export function cropOnGpu(kernels: Kernels, tensor: Ort.Tensor, window: CropWindow): Ort.Tensor {
  const [, channels = 0, height = 0, width = 0] = tensor.dims;
  const output = kernels.storage(channels * window.height * window.width * 4);
  const sizes = kernels.uniform([width, height, window.left, window.top, window.width, window.height]);
  const threads = (length: number) => Math.ceil(length / TILE_THREADS);
  kernels.dispatch({
    shader: SHADER,
    buffers: [{ buffer: sizes }, { buffer: tensor.gpuBuffer as GPUBuffer }, { buffer: output }],
    workgroups: [threads(window.width), threads(window.height), channels],
  });
  sizes.destroy();
  return kernels.tensor(output, [1, channels, window.height, window.width]);
}

const SHADER = `
  struct Sizes { width: u32, height: u32, left: u32, top: u32, windowWidth: u32, windowHeight: u32 }
  @group(0) @binding(0) var<uniform> sizes: Sizes;
  @group(0) @binding(1) var<storage, read> source: array<f32>;
  @group(0) @binding(2) var<storage, read_write> cropped: array<f32>;
  @compute @workgroup_size(${TILE_THREADS}, ${TILE_THREADS})
  fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= sizes.windowWidth || id.y >= sizes.windowHeight) { return; }
    let place = (id.z * sizes.height + sizes.top + id.y) * sizes.width + sizes.left + id.x;
    cropped[(id.z * sizes.windowHeight + id.y) * sizes.windowWidth + id.x] = source[place];
  }`;

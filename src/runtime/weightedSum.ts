/** sum of weight_i x tensor_i: the arithmetic of a sampler step, on the GPU so that latents never leave it. */
import type * as Ort from 'onnxruntime-web';
import type { Kernels } from './kernels';

export interface TensorTerm {
  readonly tensor: Ort.Tensor;
  readonly weight: number;
}

const WORKGROUP_SIZE = 64;

/** The same sum on the CPU. All value arrays have one length. */
export function addWeighted(
  terms: readonly { readonly values: Float32Array; readonly weight: number }[],
): Float32Array<ArrayBuffer> {
  const sum = new Float32Array(terms[0]?.values.length ?? 0);
  for (const { values, weight } of terms) {
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (values[i] ?? 0);
  }
  return sum;
}

/** All tensors lie on the GPU and have one shape. */
export function addWeightedOnGpu(kernels: Kernels, terms: readonly TensorTerm[]): Ort.Tensor {
  const [first] = terms;
  if (!first) throw new RangeError('A weighted sum needs at least one term.');
  const { size, dims } = first.tensor;
  const output = kernels.storage(size * 4);
  const weights = kernels.storage(terms.length * 4);
  kernels.gpu.queue.writeBuffer(
    weights,
    0,
    Float32Array.from(terms, ({ weight }) => weight),
  );
  const inputs = terms.map(({ tensor }) => ({ buffer: tensor.gpuBuffer as GPUBuffer, sizeBytes: size * 4 }));
  kernels.dispatch({
    shader: shader(terms.length),
    buffers: [{ buffer: weights, sizeBytes: terms.length * 4 }, { buffer: output, sizeBytes: size * 4 }, ...inputs],
    workgroups: [Math.ceil(size / WORKGROUP_SIZE)],
  });
  weights.destroy();
  return kernels.tensor(output, dims);
}

function shader(termCount: number): string {
  const indices = Array.from({ length: termCount }, (_, i) => i);
  const inputs = indices.map((i) => `@group(0) @binding(${i + 2}) var<storage, read> term${i}: array<f32>;`);
  const sum = indices.map((i) => `weights[${i}] * term${i}[id.x]`).join(' + ');
  return `
    @group(0) @binding(0) var<storage, read> weights: array<f32>;
    @group(0) @binding(1) var<storage, read_write> result: array<f32>;
    ${inputs.join('\n')}
    @compute @workgroup_size(${WORKGROUP_SIZE})
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < arrayLength(&result)) { result[id.x] = ${sum}; }
    }`;
}

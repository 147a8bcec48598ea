/** sum of weight_i x tensor_i: the arithmetic of a sampler step, on the GPU so that latents never leave it. */
import type * as Ort from 'onnxruntime-web';

export interface TensorTerm {
  readonly tensor: Ort.Tensor;
  readonly weight: number;
}

type TensorClass = typeof Ort.Tensor;

const WORKGROUP_SIZE = 64;
const STORAGE = 0x80; // GPUBufferUsage.STORAGE
const COPY = 0x04 | 0x08; // GPUBufferUsage.COPY_SRC | COPY_DST

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

export class WeightedSumKernel {
  readonly #pipelines = new Map<number, GPUComputePipeline>();

  constructor(readonly gpu: GPUDevice) {}

  /** Runs after whatever onnxruntime has queued: both use the one queue of the device. */
  run(TensorClass: TensorClass, terms: readonly TensorTerm[]): Ort.Tensor {
    const [first] = terms;
    if (!first) throw new RangeError('A weighted sum needs at least one term.');
    const output = this.#createBuffer(first.tensor.size * 4);
    const weights = this.#createBuffer(terms.length * 4);
    this.gpu.queue.writeBuffer(
      weights,
      0,
      Float32Array.from(terms, ({ weight }) => weight),
    );
    this.#dispatch([weights, output, ...terms.map(({ tensor }) => tensor.gpuBuffer as GPUBuffer)], first.tensor.size);
    weights.destroy();
    return this.#wrap(TensorClass, output, first.tensor.dims);
  }

  upload(TensorClass: TensorClass, tensor: Ort.Tensor): Ort.Tensor {
    const buffer = this.#createBuffer(tensor.size * 4);
    this.gpu.queue.writeBuffer(buffer, 0, tensor.data as Float32Array<ArrayBuffer>);
    return this.#wrap(TensorClass, buffer, tensor.dims);
  }

  #dispatch(buffers: readonly GPUBuffer[], elementCount: number): void {
    const pipeline = this.#pipelineFor(buffers.length - 2);
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer, size: elementSize(binding) } }));
    function elementSize(binding: number): number {
      return 4 * (binding === 0 ? buffers.length - 2 : elementCount);
    }
    const encoder = this.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(Math.ceil(elementCount / WORKGROUP_SIZE));
    pass.end();
    this.gpu.queue.submit([encoder.finish()]);
  }

  #pipelineFor(termCount: number): GPUComputePipeline {
    const known = this.#pipelines.get(termCount);
    if (known) return known;
    const module = this.gpu.createShaderModule({ code: shader(termCount) });
    const pipeline = this.gpu.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    this.#pipelines.set(termCount, pipeline);
    return pipeline;
  }

  /** onnxruntime binds whole buffers in 16-byte steps, so sizes are rounded up. */
  #createBuffer(sizeBytes: number): GPUBuffer {
    return this.gpu.createBuffer({ size: Math.ceil(sizeBytes / 16) * 16, usage: STORAGE | COPY });
  }

  #wrap(TensorClass: TensorClass, buffer: GPUBuffer, dims: readonly number[]): Ort.Tensor {
    return TensorClass.fromGpuBuffer(buffer, { dataType: 'float32', dims: [...dims], dispose: () => buffer.destroy() });
  }
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

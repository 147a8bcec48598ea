/** Our own small compute shaders, beside onnxruntime's on the one queue of the device. */
import type * as Ort from 'onnxruntime-web';

type TensorClass = typeof Ort.Tensor;

// GPUBufferUsage, written out: the global is not there in every realm that compiles this.
const USAGE = { mapRead: 0x01, copySource: 0x04, copyDestination: 0x08, uniform: 0x40, storage: 0x80 } as const;
const MAP_READ = 0x01; // GPUMapMode.READ

/** Threads of a workgroup along x and y, for shaders that run once a pixel. */
export const TILE_THREADS = 8;

export interface Dispatch {
  /** WGSL with an entry point `main`. Compiled once per text. */
  readonly shader: string;
  /** Whole buffers in the order of their bindings, all in group 0; `sizeBytes` where a buffer is longer than its data. */
  readonly buffers: readonly { readonly buffer: GPUBuffer; readonly sizeBytes?: number }[];
  readonly workgroups: readonly [x: number, y?: number, z?: number];
}

export class Kernels {
  readonly #pipelines = new Map<string, GPUComputePipeline>();

  constructor(
    readonly gpu: GPUDevice,
    readonly TensorClass: TensorClass,
  ) {}

  /** Queues one shader, after whatever onnxruntime has queued. */
  dispatch({ shader, buffers, workgroups }: Dispatch): void {
    const pipeline = this.#pipelineFor(shader);
    const entries = buffers.map(({ buffer, sizeBytes }, binding) => ({
      binding,
      resource: sizeBytes === undefined ? { buffer } : { buffer, size: sizeBytes },
    }));
    const encoder = this.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(...workgroups);
    pass.end();
    this.gpu.queue.submit([encoder.finish()]);
  }

  /** A small buffer of unsigned integers for a shader's `uniform` binding; destroy it once the dispatch is queued. */
  uniform(values: readonly number[]): GPUBuffer {
    const buffer = this.gpu.createBuffer({
      size: inSteps(values.length * 4),
      usage: USAGE.uniform | USAGE.copyDestination,
    });
    this.gpu.queue.writeBuffer(buffer, 0, Uint32Array.from(values));
    return buffer;
  }

  storage(sizeBytes: number): GPUBuffer {
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyDestination;
    return this.gpu.createBuffer({ size: inSteps(sizeBytes), usage });
  }

  /** Copies a stretch of a buffer to the CPU. */
  async read(
    source: GPUBuffer,
    range: { readonly offsetBytes: number; readonly sizeBytes: number },
  ): Promise<ArrayBuffer> {
    const { offsetBytes, sizeBytes } = range;
    const landing = this.gpu.createBuffer({ size: sizeBytes, usage: USAGE.mapRead | USAGE.copyDestination });
    try {
      const encoder = this.gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(source, offsetBytes, landing, 0, sizeBytes);
      this.gpu.queue.submit([encoder.finish()]);
      await landing.mapAsync(MAP_READ);
      return landing.getMappedRange().slice(0);
    } finally {
      landing.destroy();
    }
  }

  /** A float tensor that owns its buffer. */
  tensor(buffer: GPUBuffer, dims: readonly number[]): Ort.Tensor {
    const dispose = () => buffer.destroy();
    const sizeBytes = dims.reduce((product, dim) => product * dim, 4);
    const download = async () => new Float32Array(await this.read(buffer, { offsetBytes: 0, sizeBytes }));
    return this.TensorClass.fromGpuBuffer(buffer, { dataType: 'float32', dims: [...dims], download, dispose });
  }

  #pipelineFor(shader: string): GPUComputePipeline {
    const known = this.#pipelines.get(shader);
    if (known) return known;
    const module = this.gpu.createShaderModule({ code: shader });
    const pipeline = this.gpu.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    this.#pipelines.set(shader, pipeline);
    return pipeline;
  }
}

/** onnxruntime binds whole buffers in 16-byte steps. */
function inSteps(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 16) * 16;
}

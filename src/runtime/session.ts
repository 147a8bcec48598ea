/** The only door to onnxruntime-web: one runtime per worker, one device, one call at a time. */
import type * as Ort from 'onnxruntime-web';
import PQueue from 'p-queue';
import { ApiError } from '../api/errors';
import { CpuCanvas } from './canvas/cpuCanvas';
import { GpuCanvas } from './canvas/gpuCanvas';
import type { TileCanvas } from './canvas/tileCanvas';
import type { Device, DeviceChoice } from './choice';
import { type CropWindow, checkWindow, cropOnGpu, cropValues } from './crop';
import { type ChosenDevice, chooseDevice } from './device';
import { type ElementType, isElementType, type TensorInfo, toElements, toFloats } from './elements';
import type { GraphFiles } from './graphFiles';
import { hasJspi } from './jspi';
import { Kernels } from './kernels';
import { isOutOfMemory, outOfMemory } from './memory';
import { addWeighted, addWeightedOnGpu, type TensorTerm } from './weightedSum';

export type Tensor = Ort.Tensor;
export type Feeds = Readonly<Record<string, Tensor>>;

/** One loaded graph. Outputs stay where tensors are kept; dispose what you do not read. A run is over when the device is done. */
export interface Graph {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly outputNames: readonly string[];
  run(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>>;
}

/**
 * Where tensors are between two runs. `device`: where the sessions run, so that latents never leave the GPU. `cpu`: for
 * models whose graphs need devices of their own, since a buffer of one device fails on another.
 */
export type TensorHome = 'device' | 'cpu';

export interface RuntimeOptions {
  readonly device: DeviceChoice;
  /** Folder of onnxruntime's wasm files, on our origin. */
  readonly runtimeUrl: string;
  /** Log where each node was placed, on the console. */
  readonly verbose: boolean;
  /** `device` unless said. */
  readonly tensors?: TensorHome;
}

/** onnxruntime's wasm heap ends at 4 GiB and never shrinks: a run that needs several buffers must leave it most of that. */
const LARGEST_CPU_BUFFER_BYTES = 2 ** 28;

/** Opens the device and onnxruntime on it. Throws `webgpu_unavailable`. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const chosen = await chooseDevice(options.device);
  const ort = await importOrt();
  ort.env.wasm.wasmPaths = options.runtimeUrl;
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;
  ort.env.logLevel = options.verbose ? 'verbose' : 'error';
  return new Runtime(ort, chosen, options);
}

/** JSPI is the smaller and leaner build; browsers without it get the asyncify one. Both carry WebGPU and wasm. */
async function importOrt(): Promise<typeof Ort> {
  return hasJspi() ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu');
}

export class Runtime {
  readonly device: Device;
  readonly reason: string;
  /** Milliseconds spent inside session runs since the start, siblings included: all else is the pipeline's own cost. */
  readonly work = { sessionRunsMs: 0 };
  /** Why the GPU went away, once it has. */
  lostReason: string | null = null;
  /** What the GPU had no room for, once it has refused. */
  exhaustedReason: string | null = null;

  /** The first command that the GPU refused; it goes on with whatever the buffers hold. */
  #complaint: string | null = null;

  readonly #ort: typeof Ort;
  readonly #gpu: GPUDevice | null;
  readonly #kernels: Kernels | null;
  readonly #options: RuntimeOptions;
  readonly #sessions: Ort.InferenceSession[] = [];
  /** onnxruntime breaks when create, run and release overlap (facts/ort-web: two runs never settle). */
  readonly #oneAtATime: PQueue;

  constructor(
    ort: typeof Ort,
    readonly chosen: ChosenDevice,
    { sibling, ...options }: RuntimeOptions & { readonly sibling?: Runtime },
  ) {
    this.#ort = ort;
    this.#options = options;
    this.device = chosen.type;
    this.reason = chosen.reason;
    this.#gpu = chosen.type === 'webgpu' ? chosen.gpu : null;
    this.#kernels = this.#gpu && options.tensors !== 'cpu' ? new Kernels(this.#gpu, ort.Tensor) : null;
    this.#oneAtATime = sibling ? sibling.#oneAtATime : new PQueue({ concurrency: 1 });
    if (sibling) this.work = sibling.work;
    this.#gpu?.lost.then((info) => {
      this.lostReason = info.message || info.reason;
    });
    this.#gpu?.addEventListener('uncapturederror', ({ error }) => {
      if (error instanceof GPUOutOfMemoryError) this.exhaustedReason = error.message || 'no reason given';
      else this.#complaint ??= error.message;
    });
  }

  /** The largest single buffer a session may need here, in bytes. */
  get largestBufferBytes(): number {
    if (!this.#gpu) return LARGEST_CPU_BUFFER_BYTES;
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#gpu.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /** Whether half floats can be computed with here. On the CPU they always can. */
  get hasHalfFloats(): boolean {
    return this.#gpu === null || this.#gpu.features.has('shader-f16');
  }

  /**
   * The same runtime on a device of its own, which is the only memory of a GPU that can be given back: sessions free
   * nothing when they are released. Its tensors live on the CPU, so that they can cross.
   */
  async openSibling(): Promise<Runtime> {
    const chosen = await chooseDevice(this.device);
    return new Runtime(this.#ort, chosen, { ...this.#options, tensors: 'cpu', sibling: this });
  }

  /** Loads a graph that holds its weights, or one whose weights lie in files beside it. */
  async loadGraph(source: Blob | Uint8Array | GraphFiles): Promise<Graph> {
    const files = source instanceof Blob || source instanceof Uint8Array ? { graph: source } : source;
    const session = await this.#guarded(async () => {
      const { graph } = files;
      const bytes = graph instanceof Uint8Array ? graph : new Uint8Array(await graph.arrayBuffer());
      return this.#ort.InferenceSession.create(bytes, this.#sessionOptions(files));
    });
    this.#sessions.push(session);
    return {
      inputs: session.inputMetadata.map(infoOf),
      outputs: session.outputMetadata.map(infoOf),
      outputNames: session.outputNames,
      run: (feeds) => this.#run(session, feeds),
    };
  }

  /** Numbers in the type that a graph asks for. */
  tensor(type: ElementType, values: ArrayLike<number>, dims: readonly number[]): Tensor {
    return new this.#ort.Tensor(type, toElements(type, values) as Ort.Tensor.DataTypeMap[typeof type], dims);
  }

  float32(data: Float32Array, dims: readonly number[]): Tensor {
    return new this.#ort.Tensor('float32', data, dims);
  }

  int64(values: readonly number[], dims: readonly number[]): Tensor {
    return new this.#ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);
  }

  /** A switch of a graph. */
  bool(value: boolean): Tensor {
    return new this.#ort.Tensor('bool', [value], []);
  }

  /** The tensor's numbers; it stops living on the GPU by this. */
  async read(tensor: Tensor): Promise<Float32Array> {
    return this.#guarded(async () => toFloats(tensor.type, await tensor.getData()));
  }

  /** sum of weight_i x tensor_i, on the device where the tensors are. */
  weightedSum(terms: readonly TensorTerm[]): Tensor {
    if (this.#kernels && terms.every(({ tensor }) => tensor.location === 'gpu-buffer')) {
      return addWeightedOnGpu(this.#kernels, terms);
    }
    const { dims } = firstTensor(terms);
    return this.float32(
      addWeighted(terms.map(({ tensor, weight }) => ({ values: tensor.data as Float32Array, weight }))),
      dims,
    );
  }

  /** Copies a tensor made here to where tensors are kept. On the CPU it is there already. */
  toDevice(tensor: Tensor): Tensor {
    if (!this.#gpu || !this.#kernels) return tensor;
    const buffer = this.#kernels.storage(tensor.size * 4);
    this.#gpu.queue.writeBuffer(buffer, 0, tensor.data as Float32Array<ArrayBuffer>);
    return this.#kernels.tensor(buffer, tensor.dims);
  }

  /** A window of a tensor [1, C, H, W], as a new tensor where the old one lies. */
  crop(tensor: Tensor, window: CropWindow): Tensor {
    checkWindow(tensor.dims, window);
    if (this.#kernels && tensor.location === 'gpu-buffer') return cropOnGpu(this.#kernels, tensor, window);
    const values = cropValues(tensor.data as Float32Array, tensor.dims, window);
    return this.float32(values, [1, tensor.dims[1] ?? 0, window.height, window.width]);
  }

  /** An empty picture, to be painted by tiles where they are computed. */
  createCanvas(widthPx: number, heightPx: number): TileCanvas {
    if (!this.#kernels) return new CpuCanvas(widthPx, heightPx);
    return new GpuCanvas(widthPx, heightPx, { kernels: this.#kernels, guard: (call) => this.#guarded(call) });
  }

  /** Releases sessions, then the device: release alone does not free GPU memory. */
  async close(): Promise<void> {
    await this.#oneAtATime.add(async () => {
      // Sessions of a lost device must never be called again: the worker would hang (facts/reliability, fact 1).
      for (const session of this.#sessions.splice(0)) if (this.lostReason === null) await session.release();
    });
    this.#gpu?.destroy();
  }

  #sessionOptions({ externalData, freeDimensions, optimise }: GraphFiles): Ort.InferenceSession.SessionOptions {
    const shared: Ort.InferenceSession.SessionOptions = {
      ...(this.#options.verbose ? { logSeverityLevel: 0, logVerbosityLevel: 0 } : {}),
      ...(externalData
        ? { externalData: externalData.map(({ location, file }) => ({ path: location, data: file })) }
        : {}),
      ...(freeDimensions ? { freeDimensionOverrides: freeDimensions } : {}),
      ...(optimise === false ? { graphOptimizationLevel: 'disabled' } : {}),
    };
    if (!this.#gpu) return { executionProviders: [{ name: 'wasm' }], ...shared };
    return {
      executionProviders: [{ name: 'webgpu', device: this.#gpu }],
      preferredOutputLocation: this.#kernels ? 'gpu-buffer' : 'cpu',
      ...shared,
    };
  }

  async #run(session: Ort.InferenceSession, feeds: Feeds): Promise<Readonly<Record<string, Tensor>>> {
    return this.#guarded(async () => {
      const startMs = performance.now();
      const outputs = await session.run(feeds);
      await this.#deviceDone();
      this.work.sessionRunsMs += performance.now() - startMs;
      return outputs;
    });
  }

  /**
   * A GPU only queues what a run asks for. Without this wait all steps would be "done" at once, a cancel would leave
   * the queue full, and whoever reads first would pay for everyone; it costs a fraction of a millisecond a run.
   */
  async #deviceDone(): Promise<void> {
    if (!this.#gpu) return;
    await Promise.race([this.#gpu.queue.onSubmittedWorkDone(), this.#gpu.lost]);
    this.#throwIfBroken();
  }

  /** One call at a time, and a lost GPU or a full memory is named as such whatever onnxruntime makes of it. */
  async #guarded<T>(call: () => Promise<T>): Promise<T> {
    return this.#oneAtATime.add(async () => {
      this.#throwIfBroken();
      try {
        return await call();
      } catch (error) {
        // The device tells of its loss in an event of its own.
        await new Promise((resolve) => setTimeout(resolve));
        this.#throwIfBroken(error);
        if (isOutOfMemory(error)) throw outOfMemory('The memory of this tab is full', error);
        if (this.#complaint !== null && error instanceof ApiError)
          throw new ApiError(error.code, `${error.message} The GPU refused: ${this.#complaint}`, null, {
            cause: error,
          });
        throw error;
      }
    });
  }

  #throwIfBroken(cause?: unknown): void {
    if (this.exhaustedReason !== null)
      throw outOfMemory(`The memory of the GPU is full: ${this.exhaustedReason}`, cause);
    if (this.lostReason !== null)
      throw new ApiError('gpu_unavailable', `The GPU was lost: ${this.lostReason}`, null, { cause });
  }
}

function infoOf(metadata: Ort.InferenceSession.ValueMetadata): TensorInfo {
  const { name } = metadata;
  if (metadata.isTensor && isElementType(metadata.type)) return { name, type: metadata.type, dims: metadata.shape };
  const type = metadata.isTensor ? metadata.type : 'no tensor';
  throw new ApiError('weights_damaged', `The graph's '${name}' is of a type that Tessera does not know: ${type}.`);
}

function firstTensor(terms: readonly TensorTerm[]): Tensor {
  const first = terms[0];
  if (!first) throw new RangeError('A weighted sum needs at least one term.');
  return first.tensor;
}

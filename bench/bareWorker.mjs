/** A worker with nothing in it but onnxruntime-web: what the product's worker is compared with. */
import { drawBare, GRAPHS } from './bareDrawing.mjs';

/** Where the bench's server puts onnxruntime-web's own builds and wasm files. */
const RUNTIMES = { jspi: '/bench/ort.jspi.mjs', asyncify: '/bench/ort.webgpu.mjs' };
const WASM_FOLDER = new URL('/ort/', self.location.href).href;

/** @type {typeof import('onnxruntime-web')} */
let ort;
/** @type {Record<string, import('onnxruntime-web').InferenceSession>} */
const sessions = {};

const calls = {
  /**
   * @param {import('./bareInPage.mjs').BareOptions & { graphs: Record<string, ArrayBuffer> }} options
   * @returns {Promise<{ importMs: number, createMs: number }>} `createMs` has the start of onnxruntime's wasm in it
   */
  async open({ device, threads, keepOnDevice, graphs }) {
    const startMs = performance.now();
    ort = await import('Suspending' in WebAssembly ? RUNTIMES.jspi : RUNTIMES.asyncify);
    ort.env.wasm.wasmPaths = WASM_FOLDER;
    ort.env.wasm.numThreads = threads;
    const sessionOptions = await optionsFor(device, keepOnDevice);
    const importedMs = performance.now();
    for (const name of GRAPHS) {
      const bytes = new Uint8Array(/** @type {ArrayBuffer} */ (graphs[name]));
      sessions[name] = await ort.InferenceSession.create(bytes, sessionOptions);
    }
    return { importMs: importedMs - startMs, createMs: performance.now() - importedMs };
  },

  /** @param {import('./bareDrawing.mjs').BareJob} job */
  draw: (job) => drawBare(ort.Tensor, sessions, job),
};

/**
 * @param {'webgpu' | 'wasm'} device
 * @param {boolean} keepOnDevice
 * @returns {Promise<import('onnxruntime-web').InferenceSession.SessionOptions>}
 */
async function optionsFor(device, keepOnDevice) {
  if (device === 'wasm') return { executionProviders: [{ name: 'wasm' }] };
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('There is no WebGPU adapter.');
  const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = adapter.limits;
  const requiredLimits = {
    maxBufferSize,
    maxStorageBufferBindingSize,
    maxStorageBuffersPerShaderStage,
    maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup,
  };
  const gpu = await adapter.requestDevice({ requiredLimits });
  const preferredOutputLocation = keepOnDevice ? 'gpu-buffer' : 'cpu';
  return { executionProviders: [{ name: 'webgpu', device: gpu }], preferredOutputLocation };
}

self.addEventListener('message', async ({ data: { id, name, argument } }) => {
  try {
    const call = /** @type {(argument: unknown) => Promise<unknown>} */ (calls[/** @type {'open'} */ (name)]);
    self.postMessage({ id, value: await call(argument) });
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
});

/** Which device draws: WebGPU on a real adapter, the CPU (wasm) when there is none or only a software one. */
import { ApiError } from '../api/errors';
import type { DeviceChoice } from './choice';

export type ChosenDevice =
  | { readonly type: 'webgpu'; readonly gpu: GPUDevice; readonly reason: string; readonly notice: null }
  | { readonly type: 'wasm'; readonly reason: string; readonly notice: 'no_webgpu' | 'software_gpu' | null };

/** Limits that onnxruntime's kernels need and that a device only grants when asked. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

/**
 * Chooses and opens the device.
 *
 * @throws ApiError `webgpu_unavailable` when WebGPU was forced and there is no adapter
 */
export async function chooseDevice(choice: DeviceChoice): Promise<ChosenDevice> {
  if (choice === 'wasm') return { type: 'wasm', reason: 'The CPU was asked for.', notice: null };
  const adapter = await requestAdapter();
  if (!adapter) {
    if (choice === 'webgpu') throw new ApiError('webgpu_unavailable', 'This browser offers no WebGPU adapter.');
    return { type: 'wasm', reason: 'This browser offers no WebGPU adapter.', notice: 'no_webgpu' };
  }
  if (choice === 'auto' && isSoftware(adapter)) {
    const reason = `WebGPU is emulated in software here (${adapterName(adapter)}): the CPU is faster.`;
    return { type: 'wasm', reason, notice: 'software_gpu' };
  }
  return { type: 'webgpu', gpu: await openDevice(adapter), reason: adapterName(adapter), notice: null };
}

async function requestAdapter(): Promise<GPUAdapter | null> {
  if (!navigator.gpu) return null;
  return navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
}

function isSoftware(adapter: GPUAdapter): boolean {
  return adapter.info.isFallbackAdapter || /swiftshader|llvmpipe|basic render|software/i.test(adapterName(adapter));
}

function adapterName(adapter: GPUAdapter): string {
  const { vendor, architecture, device, description } = adapter.info;
  return [vendor, architecture, device, description].filter(Boolean).join(' ') || 'unnamed adapter';
}

/**
 * Our own device instead of onnxruntime's: only so can its loss be seen and its memory be freed.
 * Subgroups stay off on software adapters, where onnxruntime's attention kernels return garbage with them.
 */
async function openDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const wanted: GPUFeatureName[] = isSoftware(adapter) ? [] : ['subgroups', 'shader-f16'];
  return adapter.requestDevice({
    requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
}

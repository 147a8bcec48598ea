/** Names of the devices; types only, so that every realm can use them. */

/** What a caller asks for. `auto`: WebGPU on a real adapter, else the CPU. */
export type DeviceChoice = 'auto' | 'webgpu' | 'wasm';

/** What really runs. */
export type Device = 'webgpu' | 'wasm';

/** Names and figures of a finished job, as people read them. */
import type { Device, TimingsMs } from '../pipeline/job';

export const DEVICE_NAMES: Record<Device, string> = { webgpu: 'GPU', wasm: 'CPU' };

export function totalSeconds(timingsMs: TimingsMs): string {
  const totalMs = Object.values(timingsMs).reduce((total, ms) => total + ms, 0);
  return `${(totalMs / 1000).toFixed(1)} s`;
}

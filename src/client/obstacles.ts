/** Why this device cannot run a model, as far as a page can know: browsers tell limits of buffers, but not of memory. */
import type { ModelEntry } from '../models/types';

interface Abilities {
  readonly halfFloats: boolean;
  readonly largestBufferBytes: number;
}

let abilities: Promise<Abilities | null> | null = null;

/** A sentence; null where nothing speaks against it, or without a GPU: the CPU runs everything, if slowly. */
export async function findObstacle({ needs, weights }: ModelEntry): Promise<string | null> {
  if (weights.type === 'embedded') return null;
  abilities ??= readAbilities();
  const found = await abilities;
  if (!found) return null;
  if (needs.shaderF16 && !found.halfFloats) {
    return 'It needs a GPU that computes with 16-bit floats, which this browser does not offer here.';
  }
  if (needs.largestBufferBytes > found.largestBufferBytes) {
    const limit = Math.floor(found.largestBufferBytes / 1e6);
    return `It needs larger pieces of GPU memory than this browser gives (${limit} MB at once).`;
  }
  return null;
}

async function readAbilities(): Promise<Abilities | null> {
  const gpu = (
    globalThis.navigator as (Navigator & { gpu?: { requestAdapter(): Promise<AdapterFacts | null> } }) | undefined
  )?.gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return null;
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return {
    halfFloats: adapter.features.has('shader-f16'),
    largestBufferBytes: Math.min(maxBufferSize, maxStorageBufferBindingSize),
  };
}

/** What is asked of a GPUAdapter: the page's realm has no types for it. */
interface AdapterFacts {
  readonly features: ReadonlySet<string>;
  readonly limits: { readonly maxBufferSize: number; readonly maxStorageBufferBindingSize: number };
}

/**
 * The model's bytes, verified: from the disk where they are complete, else from the network, in memory at worst.
 * Runs in the generation worker.
 */
import { ApiError } from '../api/errors';
import { Assembly, type AssemblyOptions } from './assembly';
import { latestManifest } from './latestManifest';
import { exclusively } from './lock';
import type { Manifest } from './manifest';
import type { WeightsProgress } from './meter';
import { PATIENT, type RetryPolicy } from './retry';
import { indexedDbStores, STORAGE_PATIENCE_MS, type Stores, WeightStorage, type WeightsNotice } from './storage';

export interface OpenWeights {
  readonly manifest: Manifest;
  /** Throws `not_found`. */
  file(path: string): Promise<Blob>;
  /** True when the weights could not be stored and live in memory only. */
  readonly inMemory: boolean;
}

export interface OpenWeightsOptions {
  readonly onProgress?: (progress: WeightsProgress) => void;
  readonly onNotice?: (notice: WeightsNotice) => void;
  /** Aborting rejects with `cancelled` and keeps the chunks that are complete. */
  readonly signal?: AbortSignal;
  readonly policy?: RetryPolicy;
  readonly stores?: Stores;
  readonly storagePatienceMs?: number;
}

/** Throws `weights_unreachable`, `weights_damaged` (both name the file) or `cancelled`. Missing storage is no error. */
export async function openWeights(manifestUrl: string, options: OpenWeightsOptions = {}): Promise<OpenWeights> {
  const { signal = new AbortController().signal, policy = PATIENT } = options;
  const { onProgress = () => {}, onNotice = () => {}, stores = indexedDbStores() } = options;
  const storage = new WeightStorage({ stores, onNotice, patienceMs: options.storagePatienceMs ?? STORAGE_PATIENCE_MS });
  try {
    signal.throwIfAborted();
    const recorded = (await storage.record(manifestUrl))?.manifest ?? null;
    const latest = await latestManifest(manifestUrl, { recorded, policy, signal });
    const assembly = await completeOne(latest, { manifestUrl, storage, policy, signal, onProgress, recorded });
    return { manifest: assembly.manifest, inMemory: storage.inMemory, file: (path) => assembly.file(path) };
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new ApiError('cancelled', 'Loading the model was cancelled.', null, { cause: error });
  }
}

/** The latest revision or, when it cannot be had (half deployed, line lost half-way), the one that is stored. */
async function completeOne(latest: Manifest, options: AssemblyOptions): Promise<Assembly> {
  const { recorded, signal } = options;
  try {
    return await complete(latest, options);
  } catch (error) {
    if (!recorded || isSame(recorded, latest) || signal.aborted) throw error;
    // Silent: its bytes would not fit into the progress already told.
    const previous = new Assembly(recorded, { ...options, onProgress: () => {} });
    await previous.takeStored();
    if (previous.missing.length > 0) throw error;
    return previous;
  }
}

async function complete(manifest: Manifest, options: AssemblyOptions): Promise<Assembly> {
  const { manifestUrl, recorded, signal, storage } = options;
  const assembly = new Assembly(manifest, options);
  await assembly.takeStored();
  if (assembly.missing.length === 0 && recorded && isSame(recorded, manifest)) return assembly;
  await exclusively(
    async () => {
      // Another tab may have had the lock, and done the work.
      await assembly.takeStored();
      await assembly.fetchMissing();
      await storage.commit(manifestUrl, manifest);
      await storage.sweep();
    },
    { signal, onWaiting: () => assembly.meter.tell() },
  );
  return assembly;
}

function isSame(one: Manifest, other: Manifest): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

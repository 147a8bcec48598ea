/** `openWeights` against a fault server, with stores that outlive a call as IndexedDB outlives a page. */
import { memoryStore } from '../../../src/weights/memoryStore';
import type { WeightsProgress } from '../../../src/weights/meter';
import type { Stores, WeightsNotice } from '../../../src/weights/storage';
import { type OpenWeights, type OpenWeightsOptions, openWeights } from '../../../src/weights/store';
import type { NoiseModel } from '../../faults/model';
import type { FaultServer } from '../../faults/server';
import { QUICK } from './quick';

export interface Opened {
  readonly weights: OpenWeights;
  readonly progress: readonly WeightsProgress[];
  readonly notices: readonly WeightsNotice[];
}

export function freshStores(): Stores {
  return { chunks: memoryStore(), records: memoryStore() };
}

export async function open(server: FaultServer, options: OpenWeightsOptions = {}): Promise<Opened> {
  const progress: WeightsProgress[] = [];
  const notices: WeightsNotice[] = [];
  const weights = await openWeights(server.manifestUrl, {
    policy: QUICK,
    onProgress: (event) => progress.push(event),
    onNotice: (notice) => notices.push(notice),
    ...options,
  });
  return { weights, progress, notices };
}

/** Whether every file is there, byte for byte. */
export async function isWhole(weights: OpenWeights, model: NoiseModel): Promise<boolean> {
  for (const [path, bytes] of model.files) {
    const blob = await weights.file(path);
    if (!bytes.equals(Buffer.from(await blob.arrayBuffer()))) return false;
  }
  return true;
}

/** What is complete. A record is written after its last chunk: a model without one was never wholly here. */
import { indexedDbStore, type KeyValueStore } from './keyValueStore';
import { type Manifest, parseManifest } from './manifest';

export interface WeightsRecord {
  /** Kept whole, its revision included: without a network it is all there is. */
  readonly manifest: Manifest;
}

/** By manifest URL. Entries were written by an older version or by a fault, hence `unknown`. */
export type RecordStore = KeyValueStore<unknown>;

export function openRecordStore(): RecordStore {
  return indexedDbStore('tessera-weight-records');
}

/** An entry that makes no sense counts as missing. */
export function readRecord(entry: unknown): WeightsRecord | null {
  try {
    return { manifest: parseManifest((entry as Partial<WeightsRecord> | undefined)?.manifest) };
  } catch {
    return null;
  }
}

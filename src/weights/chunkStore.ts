/** Verified chunks by their sha256: revisions share what did not change, and nothing stale can be read. */
import { indexedDbStore, type KeyValueStore } from './keyValueStore';

/** Blobs, not arrays: opening one reads nothing, and browsers keep them as files. */
export type ChunkStore = KeyValueStore<Blob>;

export function openChunkStore(): ChunkStore {
  return indexedDbStore('tessera-weight-chunks');
}

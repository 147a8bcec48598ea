/** Proof that bytes are the published ones. `crypto.subtle` has no streaming form, so a chunk is the natural unit. */
import { ApiError } from '../api/errors';
import type { Chunk } from './manifest';

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await subtle().digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether a stored chunk still has its length and its hash. Unreadable counts as damaged. */
export async function isIntact(stored: Blob, chunk: Chunk): Promise<boolean> {
  if (stored.size !== chunk.sizeBytes) return false;
  // A Blob from IndexedDB is a file on disk: after a power loss or a clean-up the entry can outlive it.
  const bytes = await stored.arrayBuffer().catch(() => null);
  return bytes !== null && (await sha256Hex(bytes)) === chunk.sha256;
}

function subtle(): SubtleCrypto {
  if (globalThis.crypto?.subtle) return crypto.subtle;
  // Browsers hide it on plain http, except on localhost.
  throw new ApiError(
    'weights_unreachable',
    'The model cannot be verified on this page: open it over https or localhost.',
  );
}

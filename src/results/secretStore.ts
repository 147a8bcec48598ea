/** The key that signs links to pictures. It never leaves the browser: scripts, ours too, can use it but not read it. */
import { get, update } from 'idb-keyval';
import { reopeningStore } from '../storage/reopeningStore';

const NAME = 'download-links';

export interface SecretStore {
  /** The one secret of this origin; made at the first call. */
  secret(): Promise<CryptoKey>;
}

export function openSecretStore(): SecretStore {
  const store = reopeningStore('tessera-secrets');
  const stored = async () => {
    const secret: unknown = await get(NAME, store);
    return secret instanceof CryptoKey ? secret : null;
  };
  return {
    secret: async () => {
      const known = await stored();
      if (known) return known;
      const fresh = await newSecret();
      // Two tabs at their first start: the one that comes second takes what the first one kept.
      await update<unknown>(NAME, (old) => (old instanceof CryptoKey ? old : fresh), store);
      return (await stored()) ?? fresh;
    },
  };
}

export function memorySecretStore(): SecretStore {
  const secret = newSecret();
  return { secret: () => secret };
}

function newSecret(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign', 'verify']);
}

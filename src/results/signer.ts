/** Signatures of links: whoever has one may load that picture, and no other. */
import { FailSafe } from '../storage/failSafe';
import { fromHex, randomHex, toHex } from '../storage/hex';
import { memorySecretStore, openSecretStore, type SecretStore } from './secretStore';

export interface Signer {
  /** 64 hexadecimal digits. */
  sign(text: string): Promise<string>;
  verify(text: string, signature: string): Promise<boolean>;
}

const SIGNATURE_BYTES = 32;

/** Tokens kept; a page that draws one picture a minute needs 1,440 for a day of them. */
const MOST_TOKENS = 10_000;

/** Browsers keep `crypto.subtle` from pages that came over plain http from another machine. */
export function openSigner(): Signer {
  return globalThis.crypto.subtle === undefined ? tokenSigner() : hmacSigner();
}

/** HMAC-SHA-256. The secret is read anew each time: the user may clear it while pages are open. */
function hmacSigner(): Signer {
  const secrets = new FailSafe<SecretStore>(openSecretStore(), memorySecretStore);
  const secret = () => secrets.use((store) => store.secret());
  return {
    sign: async (text) => toHex(await crypto.subtle.sign('HMAC', await secret(), bytesOf(text))),
    verify: async (text, signature) => {
      const bytes = fromHex(signature);
      if (bytes?.length !== SIGNATURE_BYTES) return false;
      // It takes as long for a wrong signature as for a right one.
      return crypto.subtle.verify('HMAC', await secret(), bytes, bytesOf(text));
    },
  };
}

/**
 * Without cryptography of the browser, a link carries a random token instead, and is good for the life of the page;
 * such a page has no service worker either that could serve it later.
 */
export function tokenSigner(): Signer {
  const tokens = new Map<string, string>();
  return {
    sign: async (text) => {
      const token = tokens.get(text) ?? randomHex(SIGNATURE_BYTES);
      tokens.set(text, token);
      const [oldest] = tokens.keys();
      if (tokens.size > MOST_TOKENS && oldest !== undefined) tokens.delete(oldest);
      return token;
    },
    verify: async (text, signature) => isSame(tokens.get(text) ?? randomHex(SIGNATURE_BYTES), signature),
  };
}

/** Looks at every digit, wherever the first difference is. */
function isSame(token: string, signature: string): boolean {
  if (signature.length !== token.length) return false;
  let difference = 0;
  for (let place = 0; place < token.length; place++)
    difference |= token.charCodeAt(place) ^ signature.charCodeAt(place);
  return difference === 0;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

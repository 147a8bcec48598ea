/** Keys for code that asks this browser for pictures: made, listed and revoked here. */
import type { KeyRing } from '../api/deps';
import { ApiError } from '../api/errors';
import { FailSafe, type FailSafeOptions } from '../storage/failSafe';
import { randomHex, toHex } from '../storage/hex';
import { type KeyStore, memoryKeyStore, openKeyStore } from './keyStore';

const SECRET_BYTES = 32;
const ID_BYTES = 8;
const LONGEST_BEARER = 1024;
const LONGEST_NAME = 100;

/** Use is noted at most so often: not every request is worth a write. */
const NOTE_USE_EVERY_MS = 60_000;

/** The id of a secret that the host handed over. */
const HOST_ID = 'host';
/** The id of everybody where bearers cannot be told apart. */
const ANYONE_ID = 'anyone';

export interface KeysOptions extends FailSafeOptions {
  /** `any`: whatever is no revoked key may enter. `known`: only keys made here, and `secrets`. */
  readonly mode: 'any' | 'known';
  /** Secrets that the host hands over, such as the key of `serve` or the studio's own. They are not stored or listed. */
  readonly secrets?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly nowMs?: () => number;
}

export interface KnownKey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** To the minute; null for a key that was never used. */
  readonly lastUsedAt: Date | null;
}

export interface PageKeys extends KeyRing {
  /** True once keys are kept in memory only: storage is blocked, full or broken. */
  readonly inMemory: boolean;
  /**
   * The secret is told this once and kept nowhere.
   *
   * @throws ApiError `server_error` in a page that came over plain http from another machine: it cannot hash secrets
   */
  create(name: string): Promise<{ readonly id: string; readonly secret: string }>;
  /** @throws ApiError `not_found` */
  revoke(id: string): Promise<void>;
  /** Newest first, without the revoked ones. */
  list(): Promise<readonly KnownKey[]>;
}

/**
 * Works in pages and workers; all tabs have the same keys.
 *
 * @example
 * const keys = openKeys({ mode: 'any' });
 * const { secret } = await keys.create('My script'); // 'sk_…'
 */
export function openKeys(options: KeysOptions): PageKeys {
  return new LocalKeys(options);
}

class LocalKeys implements PageKeys {
  readonly #storage: FailSafe<KeyStore>;
  readonly #hostHashes: Promise<ReadonlySet<string | null>>;

  constructor(private readonly options: KeysOptions) {
    this.#storage = new FailSafe(openKeyStore(), memoryKeyStore, options);
    this.#hostHashes = Promise.all((options.secrets ?? []).map(hashOf)).then((hashes) => new Set(hashes));
  }

  get inMemory(): boolean {
    return this.#storage.inMemory;
  }

  async check(bearer: string | null): Promise<string | null> {
    const secret = bearer?.trim() ?? '';
    if (secret === '' || secret.length > LONGEST_BEARER) return null;
    const isOpen = this.options.mode === 'any';
    const hash = await hashOf(secret);
    if (hash === null) return isOpen ? ANYONE_ID : null;
    if ((await this.#hostHashes).has(hash)) return HOST_ID;
    const key = await this.#storage.use((store) => store.get(hash));
    if (key === null) return isOpen ? `any_${hash.slice(0, 2 * ID_BYTES)}` : null;
    if (key.revokedAtMs !== null) return null;
    await this.#noteUse(hash, key.lastUsedAtMs);
    return key.id;
  }

  async create(name: string): Promise<{ id: string; secret: string }> {
    const secret = `sk_${randomHex(SECRET_BYTES)}`;
    const hash = await hashOf(secret);
    if (hash === null)
      throw new ApiError('server_error', 'Keys can be made only where the page comes over https or from localhost.');
    const id = `key_${randomHex(ID_BYTES)}`;
    const record = {
      id,
      name: name.trim().slice(0, LONGEST_NAME) || 'Key',
      createdAtMs: this.#nowMs(),
      lastUsedAtMs: null,
      revokedAtMs: null,
    };
    await this.#storage.use((store) => store.put(hash, record));
    return { id, secret };
  }

  async revoke(id: string): Promise<void> {
    const keys = await this.#storage.use((store) => store.all());
    const [hash] = keys.find(([, key]) => key.id === id) ?? [];
    if (hash === undefined) throw new ApiError('not_found', `There is no key '${id}'.`);
    const revokedAtMs = this.#nowMs();
    await this.#storage.use((store) => store.change(hash, (key) => ({ ...key, revokedAtMs })));
  }

  async list(): Promise<readonly KnownKey[]> {
    const keys = await this.#storage.use((store) => store.all());
    return keys
      .map(([, key]) => key)
      .filter(({ revokedAtMs }) => revokedAtMs === null)
      .sort((a, b) => b.createdAtMs - a.createdAtMs)
      .map(({ id, name, createdAtMs, lastUsedAtMs }) => ({
        id,
        name,
        createdAt: new Date(createdAtMs),
        lastUsedAt: lastUsedAtMs === null ? null : new Date(lastUsedAtMs),
      }));
  }

  async #noteUse(hash: string, lastUsedAtMs: number | null): Promise<void> {
    const nowMs = this.#nowMs();
    if (lastUsedAtMs !== null && nowMs - lastUsedAtMs < NOTE_USE_EVERY_MS) return;
    await this.#storage.use((store) => store.change(hash, (key) => ({ ...key, lastUsedAtMs: nowMs })));
  }

  #nowMs(): number {
    return (this.options.nowMs ?? Date.now)();
  }
}

/** Secrets are long and random, so that one round is enough. Null where the browser hides its cryptography. */
async function hashOf(secret: string): Promise<string | null> {
  if (globalThis.crypto.subtle === undefined) return null;
  return toHex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
}

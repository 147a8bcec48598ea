/** The user's own key for the hosted service, kept in this browser. Only pages whose deployment allows the service ask for one. */
import type { HostedSettings } from './account';

const STORED_AS = 'tessera-hosted-key';

export class HostedKey implements HostedSettings {
  readonly origin: string;
  readonly #onForget: () => void;
  /** Where the browser lets the page store nothing. */
  #inMemory: string | null = null;

  /** `onForget`: a consent given with this key ends with it. */
  constructor(origin: string, onForget: () => void) {
    this.origin = origin;
    this.#onForget = onForget;
  }

  async hasKey(): Promise<boolean> {
    return (await this.read()) !== null;
  }

  async read(): Promise<string | null> {
    try {
      return localStorage.getItem(STORED_AS) ?? this.#inMemory;
    } catch {
      return this.#inMemory;
    }
  }

  async setKey(secret: string | null): Promise<void> {
    this.#inMemory = secret;
    if (secret === null) this.#onForget();
    try {
      if (secret === null) localStorage.removeItem(STORED_AS);
      else localStorage.setItem(STORED_AS, secret);
    } catch {
      // Storage is closed to this page: the key lasts as long as the page.
    }
  }
}

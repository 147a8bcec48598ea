/** Tells all tabs of the origin that the books have changed. */

export class Changes {
  readonly #listeners = new Set<() => void>();
  readonly #channel: BroadcastChannel | null;

  constructor(name: string) {
    this.#channel = openChannel(name);
    if (this.#channel) this.#channel.onmessage = () => this.#tell();
  }

  /** Returns the way to stop listening. */
  subscribe(listener: () => void): () => void {
    // Twice the same function is two subscriptions.
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** A channel does not hear itself. */
  announce(): void {
    this.#tell();
    this.#channel?.postMessage(null);
  }

  close(): void {
    this.#listeners.clear();
    this.#channel?.close();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Frames without an origin of their own may not have one. Then each tab hears only itself. */
function openChannel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}

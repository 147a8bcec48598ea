/**
 * The app without a network. Its files are kept when the worker is installed, with the headers that they came with: without
 * those of isolation there are no threads. Weights are not among them, they are in the store of `weights/`.
 *
 * Files whose name tells their content come from the cache. All others come from the network as long as there is one, so
 * that a reload shows the newest release whichever worker is in place.
 */
import { PrecacheController } from 'workbox-precaching';

export interface ShellFile {
  /** Relative to the worker. */
  readonly url: string;
  /** Null for a name that changes with the content. */
  readonly revision: string | null;
}

/**
 * Chromium keeps compiled WebAssembly only of responses that come straight from the network: passing onnxruntime's 17 MB
 * through the worker was seen to make a warm start almost 2 s slower.
 */
const COMPILED = /\.wasm$/;

/** With a working copy at hand nobody should wait long for news of a better one. */
const PATIENCE_MS = 3_000;

export class Shell {
  readonly #files: ReadonlyMap<string, ShellFile>;
  /** Asks the server whether what the browser has is still good, where workbox would fetch everything a second time. */
  readonly #precache = new PrecacheController({
    plugins: [{ requestWillFetch: async ({ request }) => new Request(request, { cache: 'no-cache' }) }],
  });

  /**
   * Whether the file asked for last had to come from the cache. A hint from one request to the next, not a state that
   * anything must remember: the script that loads a `.wasm` file is always asked for just before.
   */
  #isCutOff = !navigator.onLine;

  constructor(files: readonly ShellFile[], scope: string) {
    this.#files = new Map(files.map((file) => [new URL(file.url, scope).href, file]));
    this.#precache.addToCacheList(files.map(({ url, revision }) => ({ url, revision })));
  }

  async install(event: ExtendableEvent): Promise<void> {
    await this.#precache.install(event);
  }

  /** Forgets the files of older releases. */
  async activate(event: ExtendableEvent): Promise<void> {
    await this.#precache.activate(event);
  }

  /** Null for what the browser itself fetches best. */
  answer(request: Request): Promise<Response> | null {
    const url = this.#urlOf(request);
    const file = url === null ? null : this.#files.get(url);
    if (!url || !file) return null;
    if (COMPILED.test(url) && !this.#isCutOff) return null;
    return file.revision === null ? this.#fromCache(url, request) : this.#fromNetwork(url, request);
  }

  /** Settings in the address change nothing in the file; a folder stands for its page, and some hosts leave `.html` out. */
  #urlOf({ method, url }: Request): string | null {
    if (method !== 'GET') return null;
    const { origin, pathname } = new URL(url);
    const plain = origin + pathname;
    return [plain, `${plain}index.html`, `${plain}.html`].find((name) => this.#files.has(name)) ?? null;
  }

  async #fromCache(url: string, request: Request): Promise<Response> {
    return (await this.#precache.matchPrecache(url)) ?? fetch(request);
  }

  async #fromNetwork(url: string, request: Request): Promise<Response> {
    const fresh = fetch(request);
    const inTime = await Promise.race([fresh.catch(() => null), later(PATIENCE_MS)]);
    const isGood = inTime !== null && inTime.status < 500;
    this.#isCutOff = !isGood;
    return isGood ? inTime : ((await this.#precache.matchPrecache(url)) ?? fresh);
  }
}

function later(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}

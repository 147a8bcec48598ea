/** One revision on its way to being complete: what is verified, what is missing, where it comes from. */
import { ApiError } from '../api/errors';
import { downloadChunks } from './download';
import { type Chunk, chunksOfFile, distinctChunks, type Manifest } from './manifest';
import { Meter, type WeightsProgress } from './meter';
import type { RetryPolicy } from './retry';
import type { WeightStorage } from './storage';
import { isIntact } from './verify';

export interface AssemblyOptions {
  readonly manifestUrl: string;
  readonly storage: WeightStorage;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: WeightsProgress) => void;
  /** Chunks that were complete once: if one is missing now, fetching it is a repair. */
  readonly recorded: Manifest | null;
}

export class Assembly {
  readonly meter: Meter;
  readonly #chunks: readonly Chunk[];
  readonly #recorded: ReadonlySet<string>;
  /** Blob handles by hash: they stay readable when another tab deletes the entries. */
  readonly #verified = new Map<string, Blob>();

  constructor(
    readonly manifest: Manifest,
    private readonly options: AssemblyOptions,
  ) {
    this.#chunks = distinctChunks(manifest);
    this.#recorded = new Set(options.recorded ? distinctChunks(options.recorded).map(({ sha256 }) => sha256) : []);
    const totalBytes = this.#chunks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.meter = new Meter(totalBytes, options.onProgress);
  }

  get missing(): Chunk[] {
    return this.#chunks.filter(({ sha256 }) => !this.#verified.has(sha256));
  }

  /**
   * Takes what the storage has, lengths and hashes checked: affordable on every start for an embedded model, which is
   * read once anyway. File by file, so that only one file's bytes are in memory.
   */
  async takeStored(): Promise<void> {
    for (const file of this.manifest.files) {
      this.options.signal.throwIfAborted();
      await Promise.all(this.missing.filter(({ path }) => path === file.path).map((chunk) => this.#takeChunk(chunk)));
    }
  }

  async fetchMissing(): Promise<void> {
    const { manifestUrl, policy, signal, storage } = this.options;
    await downloadChunks(this.missing, {
      manifest: this.manifest,
      manifestUrl,
      policy,
      signal,
      onBytes: (chunk, haveBytes) => this.meter.arriving(haveBytes, this.#sourceOf(chunk)),
      onChunk: async (chunk, blob) => {
        await storage.keepChunk(chunk.sha256, blob);
        this.#verified.set(chunk.sha256, blob);
        this.meter.verified(chunk.sizeBytes, this.#sourceOf(chunk));
        // What follows may be in memory already, where no aborted `fetch` stops it.
        signal.throwIfAborted();
      },
    });
  }

  /** Copies nothing: a Blob of Blobs is a list of references. */
  async file(path: string): Promise<Blob> {
    const file = this.manifest.files.find((each) => each.path === path);
    if (!file) throw new ApiError('not_found', `The model ${this.manifest.id} has no file ${path}.`);
    const chunks = chunksOfFile(file, this.manifest.chunkBytes);
    return new Blob(chunks.map((chunk) => this.#blobOf(chunk)));
  }

  #blobOf({ sha256, path }: Chunk): Blob {
    const blob = this.#verified.get(sha256);
    if (!blob) throw new ApiError('server_error', `The model file ${path} was asked for before it was complete.`);
    return blob;
  }

  async #takeChunk(chunk: Chunk): Promise<void> {
    const stored = await this.options.storage.chunk(chunk.sha256);
    if (!stored || !(await isIntact(stored, chunk))) return;
    this.#verified.set(chunk.sha256, stored);
    this.meter.verified(chunk.sizeBytes, 'cache');
  }

  #sourceOf({ sha256 }: Chunk): 'network' | 'repair' {
    return this.#recorded.has(sha256) ? 'repair' : 'network';
  }
}

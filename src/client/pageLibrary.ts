/** The catalog, what the user added, and what of it is on this machine. The worker that does the work starts when it is needed. */
import { ApiError, type PlainError, toPlainError } from '../api/errors';
import { LibraryWorker, type StoredModel, type WeightSource } from '../jobs/library';
import { CATALOG } from '../models/catalog';
import type { ModelEntry, PublishedWeights } from '../models/types';
import type { LibraryProgress, ModelLibrary, ModelListing, StorageSpace } from './library';
import { ModelShelfStore } from './modelShelfStore';
import { findObstacle } from './obstacles';

export interface PageLibraryOptions {
  /** Base address that takes the place of the models' own, for machines without the internet; see `mirrored`. */
  readonly mirrorUrl: string | null;
}

/** What is going on with a model. */
interface Activity {
  readonly state: 'downloading' | 'checking' | null;
  readonly progress: LibraryProgress | null;
  readonly error: PlainError | null;
}

const IDLE: Activity = { state: null, progress: null, error: null };

/** Files are read in full this often at most, and only while nobody waits for them. */
const CHECK_EVERY_MS = 7 * 24 * 60 * 60 * 1000;

export class PageLibrary implements ModelLibrary {
  readonly #options: PageLibraryOptions;
  readonly #worker = new LibraryWorker(createWorker);
  readonly #shelf = new ModelShelfStore();
  readonly #listeners = new Set<() => void>();
  readonly #activities = new Map<string, Activity>();
  #stored = new Map<string, StoredModel>();
  #obstacles = new Map<string, string>();
  #known: Promise<void> | null = null;
  #isTelling = false;
  #channel: BroadcastChannel | null = null;

  constructor(options: PageLibraryOptions) {
    this.#options = options;
  }

  list(): readonly ModelListing[] {
    return [...CATALOG, ...this.#shelf.shelf.custom].map((entry) => this.#listing(entry));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  refresh(): Promise<void> {
    this.#known = this.#read();
    return this.#known;
  }

  /** What is stored, read once. */
  known(): Promise<void> {
    this.#known ??= this.#read();
    return this.#known;
  }

  async acceptLicence(id: string): Promise<void> {
    const { accepted } = this.#shelf.shelf;
    await this.#shelf.change({ accepted: [...new Set([...accepted, this.#licenceKey(this.#entry(id))])] });
    this.#tell();
  }

  async get(id: string): Promise<void> {
    await this.known();
    const entry = this.#entry(id);
    if (entry.licence.mustAccept && !this.#listing(entry).licenceAccepted) {
      throw new ApiError('consent_required', `The licence of ${entry.name} must be accepted first.`, 'model');
    }
    const source = this.#source(entry);
    await this.#busy(id, 'downloading', () =>
      this.#worker.download(source, (progress) => this.#progress(id, progress)),
    );
    // Asked now, when there is something to lose, and in the window: workers cannot ask.
    void globalThis.navigator?.storage?.persist?.().catch(() => {});
  }

  pause(id: string): void {
    this.#worker.stop(id);
  }

  async remove(id: string): Promise<void> {
    await this.#worker.remove(id);
    const custom = this.#shelf.shelf.custom.filter((entry) => entry.id !== id);
    await this.#shelf.change({ custom });
    this.#activities.delete(id);
    await this.#changed();
  }

  async check(id: string): Promise<{ readonly checkedChunks: number; readonly repairedChunks: number }> {
    return this.#busy(id, 'checking', () => this.#worker.check(id, (progress) => this.#progress(id, progress)));
  }

  async importFiles(id: string, files: readonly File[]): Promise<{ readonly missing: readonly string[] }> {
    const source = this.#source(this.#entry(id));
    const chosen = matchFiles(source, files);
    return this.#busy(id, 'downloading', () =>
      this.#worker.importFiles(source, chosen, (progress) => this.#progress(id, progress)),
    );
  }

  async add(url: string): Promise<ModelEntry> {
    await this.known();
    // What reads addresses is only needed here.
    const { entryAt } = await import('./modelAddress');
    const entry = await entryAt(url);
    const { custom } = this.#shelf.shelf;
    await this.#shelf.change({ custom: [...custom.filter(({ id }) => id !== entry.id), entry] });
    await this.#changed();
    return entry;
  }

  /** Throws `invalid_parameter` on `model`. */
  entry(id: string): ModelEntry {
    return this.#entry(id);
  }

  async open(id: string): Promise<ReadonlyMap<string, Blob>> {
    const files = await this.#worker.open(id);
    void this.#checkWhenIdle(id);
    return files;
  }

  async space(): Promise<StorageSpace> {
    const { storage } = globalThis.navigator ?? {};
    const usageBytes = (await storage?.estimate?.().catch(() => null))?.usage ?? 0;
    const persisted = (await storage?.persisted?.().catch(() => false)) ?? false;
    return { usageBytes, persisted };
  }

  async #read(): Promise<void> {
    this.#listen();
    await this.#shelf.read();
    const stored = await this.#worker.list().catch(() => []);
    this.#stored = new Map(stored.map((model) => [model.id, model]));
    await this.#readObstacles();
    this.#tell();
  }

  async #readObstacles(): Promise<void> {
    const entries = [...CATALOG, ...this.#shelf.shelf.custom];
    const found = await Promise.all(entries.map(async (entry) => [entry.id, await findObstacle(entry)] as const));
    this.#obstacles = new Map(found.flatMap(([id, obstacle]) => (obstacle === null ? [] : [[id, obstacle] as const])));
  }

  #listing(entry: ModelEntry): ModelListing {
    const stored = this.#stored.get(entry.id);
    const { state, progress, error } = this.#activities.get(entry.id) ?? IDLE;
    const { accepted, custom } = this.#shelf.shelf;
    return {
      entry,
      state: entry.weights.type === 'embedded' ? 'embedded' : (state ?? storedState(stored)),
      storedBytes: progress?.loadedBytes ?? stored?.storedBytes ?? 0,
      totalBytes: progress?.totalBytes ?? stored?.sizeBytes ?? publishedBytes(entry),
      inMemory: stored?.inMemory ?? false,
      progress,
      licenceAccepted: !entry.licence.mustAccept || accepted.includes(this.#licenceKey(entry)),
      obstacle: this.#obstacles.get(entry.id) ?? null,
      error,
      isCustom: custom.some(({ id }) => id === entry.id),
    };
  }

  #entry(id: string): ModelEntry {
    const entry = [...CATALOG, ...this.#shelf.shelf.custom].find((each) => each.id === id);
    if (entry) return entry;
    throw new ApiError('invalid_parameter', `Unknown model '${id}'.`, 'model');
  }

  #source({ id, weights }: ModelEntry): WeightSource {
    if (weights.type === 'embedded')
      throw new ApiError('invalid_parameter', `Model '${id}' comes with the app.`, 'model');
    const baseUrl = mirrored(weights, this.#options.mirrorUrl);
    const files = weights.files.map((file) => ({ ...file, url: new URL(file.path, baseUrl).href }));
    return { id, revision: weights.revision, files };
  }

  /** Accepting is for a text, not for a model: one licence, asked once. */
  #licenceKey({ licence }: ModelEntry): string {
    return licence.url;
  }

  async #busy<T>(id: string, state: Activity['state'], work: () => Promise<T>): Promise<T> {
    this.#activities.set(id, { ...IDLE, state });
    this.#tell();
    try {
      const value = await work();
      this.#activities.delete(id);
      return value;
    } catch (thrown) {
      const error = toPlainError(thrown);
      this.#activities.set(id, { ...IDLE, error: error.code === 'cancelled' ? null : error });
      throw thrown;
    } finally {
      await this.#changed();
    }
  }

  #progress(id: string, progress: LibraryProgress): void {
    const activity = this.#activities.get(id);
    if (!activity?.state) return;
    this.#activities.set(id, { ...activity, progress });
    this.#tell();
  }

  async #changed(): Promise<void> {
    await this.refresh();
    this.#channel?.postMessage('changed');
  }

  /** Another tab has got or removed something. */
  #listen(): void {
    if (this.#channel || !globalThis.BroadcastChannel) return;
    this.#channel = new BroadcastChannel('tessera-models');
    this.#channel.onmessage = () => void this.refresh();
  }

  /** Once a frame at most, however fast bytes come. */
  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    requestAnimationFrame(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) listener();
    });
  }

  async #checkWhenIdle(id: string): Promise<void> {
    const lastMs = this.#stored.get(id)?.checkedAtMs ?? this.#shelf.shelf.checkedAtMs[id] ?? null;
    const nowMs = Date.now();
    if (lastMs === null) {
      // What was just downloaded was hashed on the way in.
      await this.#shelf.change({ checkedAtMs: { ...this.#shelf.shelf.checkedAtMs, [id]: nowMs } });
    } else if (nowMs - lastMs > CHECK_EVERY_MS) {
      await this.check(id).catch(() => {});
    }
  }
}

/** Written out in one expression: that is what the bundler recognises as a worker to build. */
function createWorker(): Worker {
  return new Worker(new URL('../../workers/weights.worker.ts', import.meta.url), { type: 'module' });
}

function storedState(stored: StoredModel | undefined): 'absent' | 'partial' | 'complete' {
  if (!stored || (!stored.isComplete && stored.storedBytes === 0)) return 'absent';
  return stored.isComplete ? 'complete' : 'partial';
}

function publishedBytes({ weights }: ModelEntry): number | null {
  if (weights.type === 'embedded') return null;
  return weights.files.reduce<number | null>(
    (sum, { sizeBytes }) => (sum === null || sizeBytes === null ? null : sum + sizeBytes),
    0,
  );
}

/**
 * Where a model's files are below a mirror: host and path of their own address, as folders.
 *
 * @example mirrored(sdTurbo.weights, 'https://kiosk.local/') // 'https://kiosk.local/huggingface.co/schmuell/sd-turbo-ort-web/resolve/…/'
 */
export function mirrored({ baseUrl }: PublishedWeights, mirrorUrl: string | null): string {
  if (mirrorUrl === null) return baseUrl;
  const { host, pathname } = new URL(baseUrl);
  return new URL(host + pathname, mirrorUrl.endsWith('/') ? mirrorUrl : `${mirrorUrl}/`).href;
}

/** By path below the folder that was picked, else by name and size: single files come without their folders. */
function matchFiles({ files }: WeightSource, picked: readonly File[]): Map<string, Blob> {
  const matches = new Map<string, Blob>();
  for (const { path, sizeBytes } of files) {
    const name = path.split('/').at(-1);
    const file =
      picked.find((each) => `/${each.webkitRelativePath}`.endsWith(`/${path}`)) ??
      picked.find((each) => each.name === name && (sizeBytes === null || each.size === sizeBytes));
    if (file) matches.set(path, file);
  }
  return matches;
}

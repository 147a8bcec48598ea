/** The catalog, what the user added, and what of it is on this machine. The worker that does the work starts when it is needed. */
import { abortable } from '../api/abortable';
import { ApiError, type PlainError, toPlainError } from '../api/errors';
import { LibraryWorker, type StoredModel } from '../jobs/library';
import { CATALOG } from '../models/catalog';
import type { ModelEntry } from '../models/types';
import type { LibraryProgress, ModelLibrary, ModelListing, StorageSpace } from './library';
import type { ModelShelf } from './modelShelf';
import { bytesOf, filesAmong, sourceOf, stateOf } from './modelSource';
import { findObstacle } from './obstacles';
import { whenIdle } from './whenIdle';

export interface PageLibraryOptions {
  /** Base address that takes the place of the models' own, for machines without the internet; see `mirrored`. */
  readonly mirrorUrl: string | null;
  /** Files of a model were repaired or removed: whoever has them open holds what was there before. */
  readonly onFilesChanged: (id: string) => void;
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
/** So that the first pictures with a model do not share the disk with its check. */
const CHECK_AFTER_MS = 2 * 60 * 1000;
/** A worker that does not answer by then keeps nobody waiting: the page goes on without what is stored. */
const PATIENCE_MS = 20_000;
/** Longer, since a byte is read of each of hundreds of chunks, from a disk that may be slow. */
const OPEN_PATIENCE_MS = 60_000;

export class PageLibrary implements ModelLibrary {
  readonly #options: PageLibraryOptions;
  readonly #worker = new LibraryWorker(() => this.#createWorker());
  readonly #listeners = new Set<() => void>();
  readonly #activities = new Map<string, Activity>();
  #opened: Promise<ModelShelf> | null = null;
  #shelf: ModelShelf | null = null;
  #stored: ReadonlyMap<string, StoredModel> = new Map();
  #obstacles: ReadonlyMap<string, string | null> = new Map();
  #known: Promise<ModelShelf> | null = null;
  #isTelling = false;
  #channel: BroadcastChannel | null = null;
  #isClosed = false;

  constructor(options: PageLibraryOptions) {
    this.#options = options;
  }

  list(): readonly ModelListing[] {
    return this.#entries().map((entry) => this.#listing(entry));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh(): Promise<void> {
    await this.#readAnew();
    await this.#readObstacles();
  }

  /** What is stored and what the user said, read once. */
  known(): Promise<ModelShelf> {
    if (this.#known) return this.#known;
    const known = this.#readAnew();
    // Browsers take their time to answer for the GPU, and nothing waits for it.
    known.then(() => this.#readObstacles()).catch(() => {});
    return known;
  }

  async acceptLicence(id: string): Promise<void> {
    const shelf = await this.known();
    await shelf.accept(this.entry(id));
    this.#changed();
  }

  async get(id: string): Promise<void> {
    const shelf = await this.known();
    const entry = this.entry(id);
    if (!shelf.isAccepted(entry)) {
      throw new ApiError('consent_required', `The licence of ${entry.name} must be accepted first.`, 'model');
    }
    const source = sourceOf(entry, this.#options.mirrorUrl);
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
    const shelf = await this.known();
    await this.#worker.remove(id);
    this.#options.onFilesChanged(id);
    await shelf.forget(id);
    this.#activities.delete(id);
    await this.#readStored();
    this.#changed();
  }

  async check(id: string): Promise<{ readonly checkedChunks: number; readonly repairedChunks: number }> {
    return this.#busy(id, 'checking', async () => {
      const report = await this.#worker.check(id, (progress) => this.#progress(id, progress));
      if (report.repairedChunks > 0) this.#options.onFilesChanged(id);
      return report;
    });
  }

  async importFiles(id: string, files: readonly File[]): Promise<{ readonly missing: readonly string[] }> {
    await this.known();
    const source = sourceOf(this.entry(id), this.#options.mirrorUrl);
    const chosen = filesAmong(files, source);
    return this.#busy(id, 'downloading', () =>
      this.#worker.importFiles(source, chosen, (progress) => this.#progress(id, progress)),
    );
  }

  async add(url: string): Promise<ModelEntry> {
    const shelf = await this.known();
    // What reads addresses is only needed here.
    const { manifestAt } = await import('./modelAddress');
    const entry = await shelf.add(await manifestAt(url));
    await this.#readObstacles();
    this.#changed();
    return entry;
  }

  /** Throws `invalid_parameter` on `model`. */
  entry(id: string): ModelEntry {
    const entry = this.#entries().find((each) => each.id === id);
    if (entry) return entry;
    throw new ApiError('invalid_parameter', `Unknown model '${id}'.`, 'model');
  }

  async open(id: string): Promise<ReadonlyMap<string, Blob>> {
    const silence = AbortSignal.timeout(OPEN_PATIENCE_MS);
    const files = await abortable(this.#worker.open(id), silence).catch((error: unknown) => {
      if (error !== silence.reason) throw error;
      throw new ApiError('worker_timeout', `The files of '${id}' could not be opened in time. Try again.`);
    });
    // What fails is tried again after the next opening.
    whenIdle(CHECK_AFTER_MS, () => void this.#checkWeekly(id).catch(() => {}));
    return files;
  }

  async space(): Promise<StorageSpace> {
    const { storage } = globalThis.navigator ?? {};
    const usageBytes = (await storage?.estimate?.().catch(() => null))?.usage ?? 0;
    const persisted = (await storage?.persisted?.().catch(() => false)) ?? false;
    return { usageBytes, persisted };
  }

  /** Ends the worker and rejects what it is asked for, now or later. What has arrived of a download is kept. */
  close(): void {
    this.#isClosed = true;
    this.#worker.close();
    this.#channel?.close();
    this.#channel = null;
  }

  /** What failed is forgotten, so that whoever asks next tries again. */
  #readAnew(): Promise<ModelShelf> {
    const known = this.#read();
    this.#known = known;
    known.catch(() => {
      if (this.#known === known) this.#known = null;
    });
    return known;
  }

  async #read(): Promise<ModelShelf> {
    this.#listen();
    const [shelf] = await Promise.all([this.#openShelf(), this.#readStored()]);
    this.#shelf = shelf;
    this.#tell();
    return shelf;
  }

  /** One shelf, whoever asks first and how many at once: a second would not know what is said to this one. */
  async #openShelf(): Promise<ModelShelf> {
    const isOpen = this.#opened !== null;
    this.#opened ??= openShelf().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    const shelf = await this.#opened;
    if (isOpen) await shelf.refresh();
    return shelf;
  }

  async #readStored(): Promise<void> {
    const listed = abortable(this.#worker.list(), AbortSignal.timeout(PATIENCE_MS));
    const stored = await listed.catch(() => []);
    this.#stored = new Map(stored.map((model) => [model.id, model]));
  }

  async #readObstacles(): Promise<void> {
    const found = this.#entries().map(async (entry) => [entry.id, await findObstacle(entry)] as const);
    this.#obstacles = new Map(await Promise.all(found));
    this.#tell();
  }

  #entries(): readonly ModelEntry[] {
    return [...CATALOG, ...(this.#shelf?.added ?? [])];
  }

  #listing(entry: ModelEntry): ModelListing {
    const stored = this.#stored.get(entry.id) ?? null;
    const { state, progress, error } = this.#activities.get(entry.id) ?? IDLE;
    return {
      entry,
      state: state ?? stateOf(entry, stored),
      storedBytes: progress?.loadedBytes ?? stored?.storedBytes ?? 0,
      totalBytes: progress?.totalBytes ?? stored?.sizeBytes ?? bytesOf(entry),
      inMemory: stored?.inMemory ?? false,
      progress,
      licenceAccepted: this.#shelf?.isAccepted(entry) ?? !entry.licence.mustAccept,
      obstacle: this.#obstacles.get(entry.id) ?? null,
      error,
      isCustom: this.#shelf?.added.includes(entry) ?? false,
    };
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
      await this.#readStored();
      this.#changed();
    }
  }

  #progress(id: string, progress: LibraryProgress): void {
    const activity = this.#activities.get(id);
    if (!activity?.state) return;
    this.#activities.set(id, { ...activity, progress });
    this.#tell();
  }

  #changed(): void {
    this.#tell();
    this.#channel?.postMessage('changed');
  }

  /** Another tab has got, added or removed something. */
  #listen(): void {
    if (this.#isClosed || this.#channel || !globalThis.BroadcastChannel) return;
    this.#channel = new BroadcastChannel('tessera-models');
    this.#channel.onmessage = () => void this.refresh().catch(() => {});
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

  /** What was just downloaded was hashed on the way in: of it the week begins. */
  async #checkWeekly(id: string): Promise<void> {
    const shelf = await this.known();
    const lastMs = Math.max(this.#stored.get(id)?.checkedAtMs ?? 0, shelf.checkedAtMs(id) ?? 0);
    if (lastMs > 0 && Date.now() - lastMs < CHECK_EVERY_MS) return;
    if (lastMs > 0) await this.check(id);
    await shelf.checked(id, Date.now());
  }

  #createWorker(): Worker {
    if (this.#isClosed) throw new ApiError('cancelled', 'The library was closed.');
    return createWorker();
  }
}

/** What reads manifests is only needed here. */
async function openShelf(): Promise<ModelShelf> {
  const { ModelShelf } = await import('./modelShelf');
  return ModelShelf.open();
}

/** Written out in one expression: that is what the bundler recognises as a worker to build. */
function createWorker(): Worker {
  return new Worker(new URL('../../workers/weights.worker.ts', import.meta.url), { type: 'module' });
}

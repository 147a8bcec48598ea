/** Finished pictures: kept for a day, loaded by signed links, with no page open if need be. */
import type { ResultStore, StoredResult } from '../api/deps';
import { ApiError } from '../api/errors';
import { FailSafe, type FailSafeOptions } from '../storage/failSafe';
import { openShelf } from './resultStore';
import { doomed, memoryShelf, type PictureKey, type Shelf } from './shelf';
import { openSigner } from './signer';

const DAY_S = 24 * 3600;
const GIB = 1024 ** 3;

/** Longer waits overflow a timer and end at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export interface ResultsOptions extends FailSafeOptions {
  /** How long a picture is kept; 24 hours if not said. */
  readonly lifeS?: number;
  /** Beyond it the oldest pictures go before their time; 1 GiB if not said. */
  readonly maxBytes?: number;
  /** The same in memory mode; 256 MiB if not said. */
  readonly maxMemoryBytes?: number;
  /** Milliseconds since the epoch. */
  readonly nowMs?: () => number;
}

type Link = Parameters<ResultStore['open']>[0];

export interface PageResults extends ResultStore {
  /** True once new pictures are kept in memory only: storage is blocked, full or broken. */
  readonly inMemory: boolean;
  /** Deletes what has expired. It runs by itself at the start, after each picture, and when the next one expires. */
  sweep(): Promise<void>;
  /** Ends the timer. */
  close(): void;
}

/**
 * Works in pages and workers: links signed in a page open in the service worker. In memory mode pictures live as long as
 * the page and open only there.
 *
 * @example
 * const results = openResults();
 * const { path, deletesAt } = await results.save({ id: 'req-01HX', index: 0, blob });
 */
export function openResults(options: ResultsOptions = {}): PageResults {
  return new LocalResults(options);
}

class LocalResults implements PageResults {
  readonly #signer = openSigner();
  readonly #disk = openShelf();
  readonly #shelf: FailSafe<Shelf>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(private readonly options: ResultsOptions) {
    this.#shelf = new FailSafe(this.#disk, memoryShelf, options);
    // What cannot be swept now goes with the next sweep; whether pictures can be kept shows when one is saved.
    this.#sweepOf(this.#disk).catch(() => {});
  }

  get inMemory(): boolean {
    return this.#shelf.inMemory;
  }

  async save({ id, index, blob }: Parameters<ResultStore['save']>[0]): Promise<StoredResult> {
    const deletesAtS = Math.ceil(this.#nowMs() / 1000) + (this.options.lifeS ?? DAY_S);
    await this.#shelf.use((shelf) => shelf.put({ deletesAtS, id, index, sizeBytes: blob.size }, blob));
    await this.sweep();
    const sig = await this.#signer.sign(textOf({ id, index: String(index), exp: String(deletesAtS) }));
    const path = `/v2/downloads/${encodeURIComponent(id)}/${index}?exp=${deletesAtS}&sig=${sig}`;
    return { path, deletesAt: new Date(deletesAtS * 1000) };
  }

  async open(link: Link): Promise<Blob> {
    const { id, index, exp, sig } = link;
    if (!(await this.#signer.verify(textOf(link), sig)))
      throw new ApiError('not_found', 'There is no picture at this link. Was it copied as a whole?');
    // Whatever carries our signature, we wrote.
    const key = { deletesAtS: Number(exp), id, index: Number(index) };
    const isExpired = key.deletesAtS * 1000 <= this.#nowMs();
    const blob = isExpired ? null : await this.#find(key);
    if (!blob) throw new ApiError('not_found', 'This picture has been deleted. Links work until `deletes_at`.');
    return blob;
  }

  async sweep(): Promise<void> {
    await this.#shelf.use((shelf) => this.#sweepOf(shelf));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** After a change to memory, older pictures may still be on the disk. */
  async #find(key: Omit<PictureKey, 'sizeBytes'>): Promise<Blob | null> {
    const blob = await this.#shelf.use((shelf) => shelf.find(key));
    if (blob || !this.inMemory) return readable(blob);
    return readable(await this.#disk.find(key).catch(() => null));
  }

  async #sweepOf(shelf: Shelf): Promise<void> {
    const { maxBytes = GIB, maxMemoryBytes = GIB / 4 } = this.options;
    const keys = await shelf.keys();
    const gone = doomed(keys, {
      nowMs: this.#nowMs(),
      maxBytes: this.inMemory ? maxMemoryBytes : maxBytes,
    });
    if (gone.length > 0) await shelf.remove(gone);
    this.#sweepAgain(keys.filter((key) => !gone.includes(key)));
  }

  #sweepAgain(keys: readonly PictureKey[]): void {
    clearTimeout(this.#timer);
    if (keys.length === 0 || this.#isClosed) return;
    const next = Math.min(...keys.map(({ deletesAtS }) => deletesAtS));
    const waitMs = Math.min(next * 1000 - this.#nowMs(), LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => void this.sweep(), waitMs);
  }

  #nowMs(): number {
    return (this.options.nowMs ?? Date.now)();
  }
}

/** Unambiguous: no id can pass for another link. */
function textOf({ id, index, exp }: Omit<Link, 'sig'>): string {
  return JSON.stringify(['download', id, index, exp]);
}

/** The browser keeps bytes of Blobs in files; one that is gone shows only on reading. */
async function readable(blob: Blob | null): Promise<Blob | null> {
  return (
    blob
      ?.slice(0, 1)
      .arrayBuffer()
      .then(
        () => blob,
        () => null,
      ) ?? null
  );
}

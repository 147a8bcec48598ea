/** Storage that cannot fail: at the first trouble with the disk it goes on in memory, for the life of the page. */
import { ApiError } from '../api/errors';
import { within } from './within';

/** An IndexedDB call that takes longer hangs: Safari is known for opens that never end. */
const PATIENCE_MS = 15_000;

export interface FailSafeOptions {
  readonly patienceMs?: number;
  /** Called once, when the disk is given up. */
  readonly onMemory?: (() => void) | undefined;
}

export class FailSafe<S> {
  #memory: S | null = null;

  constructor(
    private readonly disk: S,
    private readonly openMemory: () => S,
    private readonly options: FailSafeOptions = {},
  ) {}

  get inMemory(): boolean {
    return this.#memory !== null;
  }

  /**
   * An `ApiError` is a decision of the operation and no trouble with the disk. An operation that still succeeds on a disk
   * that others have given up meanwhile is done again in memory, where all look from then on.
   */
  async use<T>(operation: (store: S) => Promise<T>): Promise<T> {
    if (this.#memory) return operation(this.#memory);
    try {
      const value = await within(this.options.patienceMs ?? PATIENCE_MS, operation(this.disk));
      if (!this.#memory) return value;
    } catch (error) {
      if (error instanceof ApiError) throw error;
    }
    return operation(this.#giveUpDisk());
  }

  /** Operations that ran side by side fail side by side, and share one memory. */
  #giveUpDisk(): S {
    if (this.#memory) return this.#memory;
    this.#memory = this.openMemory();
    this.options.onMemory?.();
    return this.#memory;
  }
}

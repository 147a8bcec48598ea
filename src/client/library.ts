/** The models of this browser, as the studio and code in the page see them. */
import type { PlainError } from '../api/errors';
import type { ModelEntry } from '../models/types';

export type ModelState = 'embedded' | 'absent' | 'partial' | 'downloading' | 'complete' | 'checking' | 'damaged';

export interface LibraryProgress {
  /** `waiting`: another tab has it in hand. */
  readonly state: 'waiting' | 'downloading' | 'checking' | 'paused' | 'offline';
  readonly loadedBytes: number;
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

export interface ModelListing {
  readonly entry: ModelEntry;
  readonly state: ModelState;
  readonly storedBytes: number;
  /** Null where nobody knows before the download. */
  readonly totalBytes: number | null;
  /** True where it could not be stored and goes with the tab. */
  readonly inMemory: boolean;
  readonly progress: LibraryProgress | null;
  readonly licenceAccepted: boolean;
  /** Why this device cannot run it, as a sentence; null where it can, or where that is not known yet. */
  readonly obstacle: string | null;
  /** Why the last download, check or import ended; null where it went well. */
  readonly error: PlainError | null;
  /** Given at run time by its address, not part of the catalog. */
  readonly isCustom: boolean;
}

export interface StorageSpace {
  readonly usageBytes: number;
  readonly persisted: boolean;
}

export interface ModelLibrary {
  list(): readonly ModelListing[];
  /** Returns what ends the listening. */
  onChange(listener: () => void): () => void;
  /** What is stored, read anew. */
  refresh(): Promise<void>;
  acceptLicence(id: string): Promise<void>;
  /**
   * Downloads, or goes on where it stopped. Resolves when the model is complete.
   *
   * @throws ApiError `cancelled` when it was paused, `weights_unreachable`, `weights_damaged`
   */
  get(id: string): Promise<void>;
  /** Ends the download; what has arrived is kept. */
  pause(id: string): void;
  remove(id: string): Promise<void>;
  /** Reads everything again, and fetches again what is damaged. */
  check(id: string): Promise<{ readonly checkedChunks: number; readonly repairedChunks: number }>;
  /** Takes the files of a model from a folder or a selection of the user's. */
  importFiles(id: string, files: readonly File[]): Promise<{ readonly missing: readonly string[] }>;
  /** A model by the address of its manifest, or of a folder laid out as diffusers does. */
  add(url: string): Promise<ModelEntry>;
  /** The files of a complete model, by path. @throws ApiError `weights_missing` */
  open(id: string): Promise<ReadonlyMap<string, Blob>>;
  space(): Promise<StorageSpace>;
}

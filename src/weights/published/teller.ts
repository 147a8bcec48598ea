/** Progress that never goes back, told a few times a second. */
import { Speedometer } from './speed';

export interface DownloadProgress {
  /** `waiting`: another tab has it in hand. */
  readonly state: 'waiting' | 'downloading' | 'checking' | 'offline';
  readonly loadedBytes: number;
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** Often enough to look alive on a slow line, seldom enough to cost nothing on a fast one. */
const TELL_EVERY_MS = 200;

export class Teller {
  readonly #speed = new Speedometer();
  #loadedBytes = 0;
  #totalBytes: number | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly onProgress: (progress: DownloadProgress) => void,
    private readonly state: 'downloading' | 'checking' = 'downloading',
  ) {}

  loaded(bytes: number, totalBytes: number | null): void {
    const nowMs = performance.now();
    this.#loadedBytes = Math.max(this.#loadedBytes, bytes);
    this.#totalBytes = totalBytes;
    this.#speed.add(this.#loadedBytes, nowMs);
    if (nowMs - this.#toldAtMs < TELL_EVERY_MS && this.#loadedBytes !== totalBytes) return;
    this.#toldAtMs = nowMs;
    const { bytesPerSecond } = this.#speed;
    this.#tell({ state: this.state, bytesPerSecond, secondsLeft: this.#speed.secondsLeft(totalBytes) });
  }

  waiting(): void {
    this.#tell({ state: 'waiting', bytesPerSecond: null, secondsLeft: null });
  }

  offline(): void {
    this.#tell({ state: 'offline', bytesPerSecond: null, secondsLeft: null });
  }

  #tell(rest: Pick<DownloadProgress, 'state' | 'bytesPerSecond' | 'secondsLeft'>): void {
    this.onProgress({ loadedBytes: this.#loadedBytes, totalBytes: this.#totalBytes, ...rest });
  }
}

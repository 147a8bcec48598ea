/** Progress that never goes back: refetched bytes are not counted twice, the total stays, the end is the total. */

export interface WeightsProgress {
  readonly type: 'weights';
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** `repair`: a stored chunk was damaged and is fetched again. */
  readonly source: 'network' | 'cache' | 'repair';
}

/** Often enough to look alive on a slow line, seldom enough to cost nothing on a fast one. */
const EVERY_MS = 100;

export class Meter {
  #verifiedBytes = 0;
  #shownBytes = 0;
  #source: WeightsProgress['source'] = 'cache';
  #toldAtMs = 0;

  constructor(
    private readonly totalBytes: number,
    private readonly onProgress: (progress: WeightsProgress) => void,
  ) {}

  verified(sizeBytes: number, source: WeightsProgress['source']): void {
    this.#verifiedBytes += sizeBytes;
    this.#show(this.#verifiedBytes, source);
    this.tell();
  }

  arriving(haveBytes: number, source: WeightsProgress['source']): void {
    this.#show(this.#verifiedBytes + haveBytes, source);
    if (performance.now() - this.#toldAtMs >= EVERY_MS) this.tell();
  }

  tell(): void {
    this.#toldAtMs = performance.now();
    const { totalBytes } = this;
    this.onProgress({ type: 'weights', loadedBytes: this.#shownBytes, totalBytes, source: this.#source });
  }

  #show(bytes: number, source: WeightsProgress['source']): void {
    this.#shownBytes = Math.max(this.#shownBytes, bytes);
    this.#source = source;
  }
}

/** How fast bytes come, over the last seconds, and how long the rest will take. */

const WINDOW_MS = 6000;
/** A speed over less is chance. */
const LEAST_MS = 500;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

export class Speedometer {
  readonly #samples: Sample[] = [];

  add(bytes: number, atMs: number): void {
    this.#samples.push({ bytes, atMs });
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.atMs ?? atMs) >= WINDOW_MS) this.#samples.shift();
  }

  /** Null until enough has been seen. */
  get bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < LEAST_MS) return null;
    return Math.max(0, (1000 * (last.bytes - first.bytes)) / (last.atMs - first.atMs));
  }

  secondsLeft(totalBytes: number | null): number | null {
    const speed = this.bytesPerSecond;
    const last = this.#samples.at(-1);
    if (!speed || totalBytes === null || !last) return null;
    return Math.max(0, (totalBytes - last.bytes) / speed);
  }
}

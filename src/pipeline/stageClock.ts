/** Tells which stage runs, how far it is, and how long each one took. */
import type { TimingsMs } from './job';
import type { OnProgress, Stage } from './progress';

export class StageClock {
  readonly #elapsedMs: Partial<Record<Stage, number>> = {};

  constructor(readonly onProgress: OnProgress) {}

  get timingsMs(): TimingsMs {
    return this.#elapsedMs;
  }

  /** Runs one stage; `report` tells the fraction done, 0 … 1. */
  async time<T>(stage: Stage, work: (report: (fraction: number) => void) => Promise<T>): Promise<T> {
    const report = (fraction: number) => this.onProgress({ type: 'stage', stage, fraction });
    const startMs = performance.now();
    report(0);
    const result = await work(report);
    report(1);
    this.#elapsedMs[stage] = (this.#elapsedMs[stage] ?? 0) + performance.now() - startMs;
    return result;
  }
}

/** What the generation worker answers. Errors cross as plain data, since a thrown one loses its code. */
import { type PlainError, toPlainError } from '../api/errors';
import type { GenerateJob, Picture, WorkerInfo, WorkerOptions } from './job';
import type { OnProgress } from './progress';

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PlainError };

export interface WorkerApi {
  /** Answers as soon as the worker listens. */
  hello(): Promise<Outcome<true>>;
  init(options: WorkerOptions, onProgress: OnProgress): Promise<Outcome<WorkerInfo>>;
  generate(job: GenerateJob, onProgress: OnProgress): Promise<Outcome<Picture>>;
  /** Stops the running job within one step. */
  cancel(): void;
}

/** Runs the work and returns its value or its error, never throws. */
export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: toPlainError(error) };
  }
}

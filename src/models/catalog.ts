/** Every model Tessera knows: one line here, one data file beside. */
import { ApiError } from '../api/errors';
import { pocket } from './pocket';
import type { ModelEntry } from './types';

export const CATALOG: readonly ModelEntry[] = [pocket];

/** Finds a model by its id. Throws `invalid_parameter` on `model`. */
export function findModel(id: string): ModelEntry {
  const model = CATALOG.find((entry) => entry.id === id);
  if (!model) throw new ApiError('invalid_parameter', `Unknown model '${id}'.`, 'model');
  return model;
}

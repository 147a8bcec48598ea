/** Every model Tessera knows: one line here, one data file beside. */
import { ApiError } from '../api/errors';
import { createDirectory } from './directory';
import { pocket } from './pocket';
import { seedream45 } from './seedream45';
import type { ModelAlias, ModelEntry } from './types';

export const CATALOG: readonly ModelEntry[] = [pocket];

/** Ids of the hosted API that the models of the catalog draw for. */
const ALIASES: readonly ModelAlias[] = [seedream45];

/** What the hosted service charges for a picture (decimal text, USD): what drawing it here saves. */
export function hostedPrice(): string {
  return seedream45.rates[0]?.unitPrice ?? '0.00';
}

export const models = createDirectory(CATALOG, ALIASES);

/** Finds a model by its own id. Throws `invalid_parameter` on `model`. */
export function findModel(id: string): ModelEntry {
  const model = CATALOG.find((entry) => entry.id === id);
  if (!model) throw new ApiError('invalid_parameter', `Unknown model '${id}'.`, 'model');
  return model;
}

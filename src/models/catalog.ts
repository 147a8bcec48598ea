/** Every model Tessera knows: one line here, one data file beside. */
import { ApiError } from '../api/errors';
import { createDirectory } from './directory';
import { flux2Klein } from './flux2Klein';
import { pocket } from './pocket';
import { sd15 } from './sd15';
import { sdTurbo } from './sdTurbo';
import { sdTurboWebnn } from './sdTurboWebnn';
import { sdxlTurbo } from './sdxlTurbo';
import { sdxs512 } from './sdxs512';
import { seedream45 } from './seedream45';
import type { ModelAlias, ModelEntry } from './types';
import { zImageTurbo } from './zImageTurbo';

export const CATALOG: readonly ModelEntry[] = [
  pocket,
  sdxs512,
  sdTurbo,
  sdTurboWebnn,
  sdxlTurbo,
  sd15,
  zImageTurbo,
  flux2Klein,
];

/** Ids of the hosted API that the models of the catalog draw for. */
export const ALIASES: readonly ModelAlias[] = [seedream45];

/** What the hosted service charges for a picture (decimal text, USD): what drawing it here saves. */
export function hostedPrice(): string {
  return seedream45.rates[0]?.unitPrice ?? '0.00';
}

/** What is there before anything has been got: the embedded models. */
export const models = createDirectory(
  () => CATALOG.map((entry) => ({ entry, isInstalled: entry.weights.type === 'embedded' })),
  ALIASES,
);

/** Finds a model by its own id. Throws `invalid_parameter` on `model`. */
export function findModel(id: string): ModelEntry {
  const model = CATALOG.find((entry) => entry.id === id);
  if (!model) throw new ApiError('invalid_parameter', `Unknown model '${id}'.`, 'model');
  return model;
}

/** Which model draws, and what follows from it for the rest of the form. */
import { batch } from '@preact/signals';
import type { ModelListing } from '../../client/library';
import type { ModelEntry } from '../../models/types';
import { oneOf } from '../settings';
import type { Store } from '../store';
import { revokeInputs, useMask } from './inputs';

/** One that is being checked still draws. */
export function canDraw({ state }: ModelListing): boolean {
  return state === 'embedded' || state === 'complete' || state === 'checking';
}

/** Null where it is not, or not wholly, on this machine. */
export function usableModel(models: readonly ModelListing[], id: string): ModelEntry | null {
  return models.find((listing) => listing.entry.id === id && canDraw(listing))?.entry ?? null;
}

/** Takes what the model takes of the settings so far; the others start at its own. */
export function switchModel(store: Store, model: ModelEntry): void {
  const { aspectRatios, resolutions, maxReferences, extensions } = model;
  batch(() => {
    store.model.value = model;
    store.engine.value = null;
    store.problem.value = null;
    store.steps.value = model.steps.default;
    store.guidance.value = null;
    store.strength.value = null;
    revokeInputs(store.inputs.value.slice(maxReferences));
    store.inputs.value = store.inputs.value.slice(0, maxReferences);
    if (maxReferences === 0 || !extensions.includes('mask')) useMask(store, null);
    store.ratio.value = oneOf(aspectRatios, store.ratio.value) ?? aspectRatios[0] ?? '1:1';
    store.resolution.value = oneOf(resolutions, store.resolution.value) ?? resolutions[0] ?? '1K';
  });
}

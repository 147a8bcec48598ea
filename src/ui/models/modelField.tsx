/** Which model draws: those that are on this machine, and the way to the others. */
import type { ModelListing } from '../../client/library';
import type { Studio } from '../studio';
import { canDraw } from './chosen';
import { bytesInWords } from './sizes';

export function ModelField({ studio }: { readonly studio: Studio }) {
  const { model, models, modelsAreOpen } = studio.store;
  return (
    <div class="model-field model-row">
      <label for="model">Model</label>
      <select id="model" value={model.value.id} onChange={(event) => studio.useModel(event.currentTarget.value)}>
        {models.value.filter(canDraw).map(({ entry }) => (
          <option key={entry.id} value={entry.id} selected={entry.id === model.value.id}>
            {entry.name}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="button"
        aria-haspopup="dialog"
        onClick={() => {
          modelsAreOpen.value = true;
        }}
      >
        {comingLabel(models.value) ?? 'More models…'}
      </button>
    </div>
  );
}

/** How far the first download is; null where there is none. As short as what it takes the place of. */
function comingLabel(models: readonly ModelListing[]): string | null {
  const coming = models.find(({ state }) => state === 'downloading');
  if (!coming) return null;
  const { storedBytes, totalBytes } = coming;
  return `Getting ${totalBytes ? `${Math.floor((100 * storedBytes) / totalBytes)}%` : bytesInWords(storedBytes)}…`;
}

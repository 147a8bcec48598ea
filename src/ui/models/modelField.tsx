/** Which model draws: those that are on this machine, and the way to the others. */
import type { Studio } from '../studio';

/** What the field's button opens. */
export const MODELS_FOLD_ID = 'models';

export function ModelField({ studio }: { readonly studio: Studio }) {
  const { model, models } = studio.store;
  const usable = models.value.filter(
    ({ state }) => state === 'embedded' || state === 'complete' || state === 'checking',
  );
  return (
    <div class="field model-field">
      <label for="model">Model</label>
      <div class="model-row">
        <select id="model" value={model.value.id} onChange={(event) => studio.useModel(event.currentTarget.value)}>
          {usable.map(({ entry }) => (
            <option key={entry.id} value={entry.id} selected={entry.id === model.value.id}>
              {entry.name}
            </option>
          ))}
        </select>
        <button type="button" class="button" onClick={openModels}>
          More models…
        </button>
      </div>
    </div>
  );
}

function openModels(): void {
  const fold = document.getElementById(MODELS_FOLD_ID);
  if (!(fold instanceof HTMLDetailsElement)) return;
  fold.open = true;
  fold.querySelector('summary')?.focus();
}

/** Which model draws: those that are on this machine, and the way to the others. */
import type { Studio } from '../studio';
import { canDraw } from './chosen';
import { bytesInWords } from './sizes';

export function ModelField({ studio }: { readonly studio: Studio }) {
  const { model, models, modelsAreOpen } = studio.store;
  return (
    <div class="field model-field">
      <label for="model">Model</label>
      <div class="model-row">
        <select
          id="model"
          value={model.value.id}
          aria-describedby="model-hint"
          onChange={(event) => studio.useModel(event.currentTarget.value)}
        >
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
          More models…
        </button>
      </div>
      <p id="model-hint" class="hint">
        {hint(studio)}
      </p>
    </div>
  );
}

/** What is on its way, else what draws. One line in either case. */
function hint({ store }: Studio): string {
  const coming = store.models.value.find(({ state }) => state === 'downloading');
  if (!coming) {
    const { licence, weights } = store.model.value;
    return weights.type === 'embedded' ? 'Small, and part of this page.' : licence.name;
  }
  const { entry, storedBytes, totalBytes } = coming;
  const have = totalBytes ? `${Math.floor((100 * storedBytes) / totalBytes)}%` : bytesInWords(storedBytes);
  return `Getting ${entry.name}: ${have} so far.`;
}

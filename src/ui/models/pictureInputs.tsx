/** Pictures that a model starts from or looks at, how far to go from the first, and which part of it to draw anew. */
import type { Store } from '../store';
import type { Studio } from '../studio';
import { addInputs, removeInput, useInput, useMask } from './inputs';
import { Slider } from './slider';

/** What the API reads. */
const PICTURE_TYPES = 'image/png,image/jpeg,image/webp';

export function PictureInputs({ studio: { store } }: { readonly studio: Studio }) {
  const { images, maxReferences, extensions, defaults } = store.model.value;
  const hasPicture = store.inputs.value.length > 0;
  return (
    <fieldset class="field picture-inputs">
      <legend>{images === 'start' ? 'Picture to start from' : `Pictures to look at (up to ${maxReferences})`}</legend>
      <Given store={store} />
      <Choosers store={store} />
      {images === 'start' && hasPicture && (
        <Slider
          id="strength"
          label="How far to go from it"
          range={{ min: 0.05, max: 1, step: 0.05 }}
          value={store.strength.value ?? defaults.strength ?? 1}
          onInput={(value) => {
            store.strength.value = value;
          }}
        />
      )}
      {extensions.includes('mask') && hasPicture && <Mask store={store} />}
    </fieldset>
  );
}

interface StoreProps {
  readonly store: Store;
}

function Given({ store }: StoreProps) {
  return (
    <ul>
      {store.inputs.value.map(({ url, name }) => (
        <li key={url}>
          <img src={url} alt={name} width={72} height={72} />
          <button type="button" class="button" onClick={() => removeInput(store, url)}>
            Remove <span class="visually-hidden">{name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Choosers({ store }: StoreProps) {
  const last = store.shown.value?.answer.data[0]?.url;
  return (
    <div class="account-actions">
      <label class="button">
        Choose pictures…
        <input
          class="visually-hidden"
          type="file"
          accept={PICTURE_TYPES}
          multiple={store.model.value.maxReferences > 1}
          onChange={({ currentTarget }) => addInputs(store, [...(currentTarget.files ?? [])])}
        />
      </label>
      {last && (
        <button type="button" class="button" onClick={() => useInput(store, { url: last, name: 'the picture shown' })}>
          Use the picture shown
        </button>
      )}
    </div>
  );
}

function Mask({ store }: StoreProps) {
  const { mask } = store;
  return (
    <div class="account-actions">
      <label class="button">
        {mask.value ? `Mask: ${mask.value.name}` : 'Mask (transparent is drawn anew)…'}
        <input
          class="visually-hidden"
          type="file"
          accept="image/png,image/webp"
          onChange={({ currentTarget }) => useMask(store, currentTarget.files?.[0] ?? null)}
        />
      </label>
      {mask.value && (
        <button type="button" class="button" onClick={() => useMask(store, null)}>
          Without a mask
        </button>
      )}
    </div>
  );
}

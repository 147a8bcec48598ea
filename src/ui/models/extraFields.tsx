/** What only some models take: what to avoid, how strictly to follow the words, pictures to start from or to look at. */
import type { Studio } from '../studio';

/** Of jpeg, png and webp: what the API reads. */
const PICTURE_TYPES = 'image/png,image/jpeg,image/webp';

export function ExtraFields({ studio }: { readonly studio: Studio }) {
  const { model, negativePrompt, guidance } = studio.store;
  const { extensions, images, defaults } = model.value;
  return (
    <>
      {extensions.includes('negative_prompt') && (
        <div class="field">
          <label for="negative-prompt">Avoid</label>
          <input
            id="negative-prompt"
            type="text"
            maxLength={4096}
            value={negativePrompt.value}
            onInput={({ currentTarget }) => {
              negativePrompt.value = currentTarget.value;
            }}
          />
        </div>
      )}
      {extensions.includes('guidance') && (
        <Slider
          id="guidance"
          label="How strictly to follow the words"
          range={{ min: 1, max: 15, step: 0.5 }}
          value={guidance.value ?? defaults.guidance ?? 1}
          onInput={(value) => {
            guidance.value = value;
          }}
        />
      )}
      {images !== 'none' && <Pictures studio={studio} />}
    </>
  );
}

function Pictures({ studio }: { readonly studio: Studio }) {
  const { model, inputs, mask, strength, shown } = studio.store;
  const { images, maxReferences, extensions, defaults } = model.value;
  const title = images === 'start' ? 'Picture to start from' : `Pictures to look at (up to ${maxReferences})`;
  const last = shown.value?.answer.data[0]?.url;
  return (
    <fieldset class="field picture-inputs">
      <legend>{title}</legend>
      <ul>
        {inputs.value.map(({ url, name }) => (
          <li key={url}>
            <img src={url} alt={name} width={72} height={72} />
            <button type="button" class="button" onClick={() => studio.removeInput(url)}>
              Remove <span class="visually-hidden">{name}</span>
            </button>
          </li>
        ))}
      </ul>
      <div class="account-actions">
        <label class="button">
          Choose pictures…
          <input
            class="visually-hidden"
            type="file"
            accept={PICTURE_TYPES}
            multiple={maxReferences > 1}
            onChange={({ currentTarget }) => studio.addInputs([...(currentTarget.files ?? [])])}
          />
        </label>
        {last && (
          <button
            type="button"
            class="button"
            onClick={() => studio.useInput({ url: last, name: 'the picture shown' })}
          >
            Use the picture shown
          </button>
        )}
      </div>
      {images === 'start' && inputs.value.length > 0 && (
        <Slider
          id="strength"
          label="How far to go from it"
          range={{ min: 0.05, max: 1, step: 0.05 }}
          value={strength.value ?? defaults.strength ?? 1}
          onInput={(value) => {
            strength.value = value;
          }}
        />
      )}
      {extensions.includes('mask') && inputs.value.length > 0 && (
        <div class="account-actions">
          <label class="button">
            {mask.value ? `Mask: ${mask.value.name}` : 'Mask (transparent is drawn anew)…'}
            <input
              class="visually-hidden"
              type="file"
              accept="image/png,image/webp"
              onChange={({ currentTarget }) => studio.useMask(currentTarget.files?.[0] ?? null)}
            />
          </label>
          {mask.value && (
            <button type="button" class="button" onClick={() => studio.useMask(null)}>
              Without a mask
            </button>
          )}
        </div>
      )}
    </fieldset>
  );
}

interface SliderProps {
  readonly id: string;
  readonly label: string;
  readonly range: { readonly min: number; readonly max: number; readonly step: number };
  readonly value: number;
  readonly onInput: (value: number) => void;
}

function Slider({ id, label, range, value, onInput }: SliderProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="steps-row">
        <input
          id={id}
          type="range"
          {...range}
          value={value}
          onInput={({ currentTarget }) => onInput(Number(currentTarget.value))}
        />
        <output for={id}>{value}</output>
      </div>
    </div>
  );
}

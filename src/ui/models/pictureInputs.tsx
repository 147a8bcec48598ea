/** Pictures that a model starts from or looks at, how far to go from the first, and which part of it to draw anew. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../icons';
import type { InputPicture, Store } from '../store';
import type { Studio } from '../studio';
import { addInputs, moveInput, PICTURE_TYPES, removeInput, useShown } from './inputs';
import { MaskField } from './maskField';
import { Slider } from './slider';

export function PictureInputs({ studio }: { readonly studio: Studio }) {
  const { store } = studio;
  const { images, maxReferences, extensions, defaults } = store.model.value;
  const [first] = store.inputs.value;
  const give = (files: readonly File[]) => studio.announce(given(files.length, addInputs(store, files)));
  const { isOver, ...drop } = useDrop(give);
  usePaste(give);
  return (
    <fieldset class="field picture-inputs" data-over={isOver} {...drop}>
      <legend>{images === 'start' ? 'Picture to start from' : `Pictures to look at (up to ${maxReferences})`}</legend>
      <ul>
        {store.inputs.value.map((picture, index) => (
          <Given key={picture.url} store={store} picture={picture} index={index} />
        ))}
      </ul>
      <Choosers studio={studio} onFiles={give} />
      {extensions.includes('strength') && first && (
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
      {extensions.includes('mask') && first && <MaskField key={first.url} store={store} picture={first} />}
    </fieldset>
  );
}

function given(count: number, refused: readonly string[]): string {
  const took = count - refused.length;
  const taken = took === 1 ? 'One picture taken.' : `${took} pictures taken.`;
  return refused.length === 0 ? taken : `${taken} Neither PNG, JPEG nor WebP: ${refused.join(', ')}.`;
}

interface GivenProps {
  readonly store: Store;
  readonly picture: InputPicture;
  readonly index: number;
}

function Given({ store, picture: { url, name }, index }: GivenProps) {
  const { length } = store.inputs.value;
  const move = (by: -1 | 1, icon: 'earlier' | 'later') => (
    <button type="button" disabled={!(index + by in store.inputs.value)} onClick={() => moveInput(store, url, by)}>
      <Icon name={icon} />
      <span class="visually-hidden">
        Move {name} to place {index + by + 1}
      </span>
    </button>
  );
  return (
    <li>
      <img src={url} alt={length > 1 ? `Picture ${index + 1}: ${name}` : name} width={72} height={72} />
      <div class="given-actions">
        {length > 1 && move(-1, 'earlier')}
        <button type="button" onClick={() => removeInput(store, url)}>
          <Icon name="close" />
          <span class="visually-hidden">Remove {name}</span>
        </button>
        {length > 1 && move(1, 'later')}
      </div>
    </li>
  );
}

interface ChoosersProps {
  readonly studio: Studio;
  readonly onFiles: (files: readonly File[]) => void;
}

function Choosers({ studio: { store }, onFiles }: ChoosersProps) {
  const shown = store.shown.value;
  const isMany = store.model.value.maxReferences > 1;
  return (
    <>
      <div class="account-actions">
        <label class="button">
          {isMany ? 'Choose pictures…' : 'Choose a picture…'}
          <input
            class="visually-hidden"
            type="file"
            accept={PICTURE_TYPES.join()}
            multiple={isMany}
            onChange={({ currentTarget }) => {
              onFiles([...(currentTarget.files ?? [])]);
              // The same file again is a choice too.
              currentTarget.value = '';
            }}
          />
        </label>
        {shown && (
          <button type="button" class="button" onClick={() => void useShown(store, shown)}>
            Use the picture shown
          </button>
        )}
      </div>
      <p class="hint">Or drop it here, or paste it.</p>
    </>
  );
}

/** Handlers for the field, and whether a file hovers over it. What is dropped here is not the page's any more. */
function useDrop(onFiles: (files: readonly File[]) => void) {
  const [isOver, setOver] = useState(false);
  return {
    isOver,
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent & { readonly currentTarget: HTMLElement }) => {
      if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOver(false);
    },
    onDrop: (event: DragEvent) => {
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      onFiles(files);
    },
  };
}

/** Pictures from the clipboard, wherever the focus is; text goes where it always goes. */
function usePaste(onFiles: (files: readonly File[]) => void): void {
  useEffect(() => {
    const onPaste = ({ clipboardData }: ClipboardEvent) => {
      const files = [...(clipboardData?.files ?? [])];
      if (files.length > 0) onFiles(files);
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  });
}

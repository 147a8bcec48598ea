/** Pictures that a model starts from or looks at, how far to go from the first, and which part of it to draw anew. */
import { useEffect, useId, useState } from 'preact/hooks';
import type { Studio } from '../studio';
import { GivenPictures } from './givenPictures';
import { addInputs, type Given, PICTURE_TYPES, useShown } from './inputs';
import { MaskField } from './maskField';
import { Slider } from './slider';

export function PictureInputs({ studio }: { readonly studio: Studio }) {
  const { store } = studio;
  const { images, maxReferences, extensions, defaults } = store.model.value;
  const [first] = store.inputs.value;
  const chooserId = useId();
  const [leftOut, setLeftOut] = useState('');
  const tell = (given: Given) => {
    studio.announce(givenWords(given));
    setLeftOut(leftOutWords(given));
  };
  const give = (files: readonly File[]) => tell(addInputs(store, files));
  const { isOver, ...drop } = useDrop(give);
  usePaste(give);
  return (
    <fieldset class="field picture-inputs" data-over={isOver} {...drop}>
      {/* What a model needs not have is told in fewer lines. */}
      <legend class={images === 'references' ? 'visually-hidden' : undefined}>
        {images === 'start' ? 'Picture to start from' : `Pictures to look at (up to ${maxReferences})`}
      </legend>
      <GivenPictures studio={studio} onEmpty={() => document.getElementById(chooserId)?.focus()} />
      <Choosers id={chooserId} studio={studio} onFiles={give} onGiven={tell} />
      {leftOut && <p class="hint">{leftOut}</p>}
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

function givenWords(given: Given): string {
  const { taken } = given;
  return `${taken === 1 ? 'One picture taken.' : `${taken} pictures taken.`} ${leftOutWords(given)}`.trim();
}

/** Empty where all were taken. */
function leftOutWords({ refused, tooLarge, tooMany }: Given): string {
  return [
    ...(refused.length > 0 ? [`Neither PNG, JPEG nor WebP: ${refused.join(', ')}.`] : []),
    ...(tooLarge.length > 0 ? [`More than 10 MiB: ${tooLarge.join(', ')}.`] : []),
    ...(tooMany > 0 ? [`No room for ${tooMany} more.`] : []),
  ].join(' ');
}

interface ChoosersProps {
  /** Of the button for files. */
  readonly id: string;
  readonly studio: Studio;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onGiven: (given: Given) => void;
}

function Choosers({ id, studio, onFiles, onGiven }: ChoosersProps) {
  const { store } = studio;
  const shown = store.shown.value;
  const isMany = store.model.value.maxReferences > 1;
  return (
    <div class="choosers">
      <label class="button">
        {isMany ? 'Choose pictures…' : 'Choose a picture…'}
        <input
          id={id}
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
      {/* Always there: it would push what is below it when the first picture is done. */}
      <button
        type="button"
        class="button"
        disabled={!shown}
        onClick={() => {
          if (shown) void useShown(store, shown).then(onGiven);
        }}
      >
        {isMany ? 'Add the picture shown' : 'Use the picture shown'}
      </button>
      {store.inputs.value.length === 0 && (
        <p class="hint">
          {isMany ? 'To change or combine. Drop or paste them here too.' : 'Or drop it here, or paste it.'}
        </p>
      )}
    </div>
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

/** Which part of a picture is drawn anew: all of it, what a file leaves transparent, or what was painted over. */
import { useState } from 'preact/hooks';
import type { InputPicture, Store } from '../store';
import { useMask } from './inputs';
import { MaskPainter } from './maskPainter';

interface MaskFieldProps {
  readonly store: Store;
  readonly picture: InputPicture;
}

export function MaskField({ store, picture }: MaskFieldProps) {
  const [painting, setPainting] = useState<'never' | 'open' | 'closed'>('never');
  const { mask } = store;
  const set = (file: File | null, next: typeof painting) => {
    useMask(store, file);
    setPainting(next);
  };
  const isOpen = painting === 'open';
  return (
    <fieldset class="field mask-field">
      <legend>Drawn anew: {mask.value?.name ?? 'the whole picture'}</legend>
      <div class="account-actions">
        <button
          type="button"
          class="button"
          aria-expanded={isOpen}
          onClick={() => setPainting(isOpen ? 'closed' : 'open')}
        >
          {isOpen ? 'Close the brush' : 'Paint a part'}
        </button>
        <MaskFile onFile={(file) => set(file, 'never')} />
        {mask.value && (
          <button type="button" class="button" onClick={() => set(null, 'never')}>
            The whole picture
          </button>
        )}
      </div>
      {/* Kept while it is closed, with what was painted. */}
      {painting !== 'never' && (
        <div hidden={!isOpen}>
          <MaskPainter picture={picture} onMask={(file) => useMask(store, file)} />
        </div>
      )}
    </fieldset>
  );
}

/** The way without a pointer. */
function MaskFile({ onFile }: { readonly onFile: (file: File) => void }) {
  return (
    <label class="button" title="Where the file is transparent, the picture is drawn anew">
      Mask from a file…
      <input
        class="visually-hidden"
        type="file"
        accept="image/png,image/webp"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = '';
          if (file) onFile(file);
        }}
      />
    </label>
  );
}

/** Takes the settings of a picture file: dropped anywhere on the page, or chosen with the button. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons';
import type { Studio } from './studio';

export function OpenPicture({ studio }: { readonly studio: Studio }) {
  const isDragging = useFileDrop((file) => void studio.open(file));
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="open-picture">
      <button type="button" class="button" onClick={() => input.current?.click()}>
        <Icon name="open" />
        Open a picture…
      </button>
      <input
        ref={input}
        type="file"
        accept="image/png,image/jpeg,image/webp"
        hidden
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) void studio.open(file);
          // The same file again is a choice too.
          currentTarget.value = '';
        }}
      />
      <p class="opened-line">
        {studio.store.openedLine.value ||
          'A picture made here brings its settings back. You can also drop it on the page.'}
      </p>
      {isDragging && (
        <div class="drop-hint" aria-hidden="true">
          {studio.model.images === 'none'
            ? 'Drop the picture to take its settings'
            : 'On the field for pictures: give it to the model. Anywhere else: take its settings'}
        </div>
      )}
    </div>
  );
}

/** Watches the whole page for a file; true while one hovers. Text and links that are dragged stay the browser's. */
function useFileDrop(onFile: (file: File) => void): boolean {
  const [isDragging, setDragging] = useState(false);
  useEffect(() => {
    const listening = new AbortController();
    const on = (type: 'dragover' | 'dragleave' | 'drop', react: (event: DragEvent) => void) =>
      document.addEventListener(type, react, { signal: listening.signal });
    on('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setDragging(true);
    });
    on('dragleave', (event) => {
      // Only when the pointer leaves the window: between two elements there is a related one.
      if (event.relatedTarget === null) setDragging(false);
    });
    on('drop', (event) => {
      setDragging(false);
      const file = event.dataTransfer?.files[0];
      // Prevented: a field took it.
      if (!file || event.defaultPrevented) return;
      event.preventDefault();
      onFile(file);
    });
    return () => listening.abort();
  }, []);
  return isDragging;
}

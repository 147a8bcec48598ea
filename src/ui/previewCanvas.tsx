/** What the model sees so far: small and enlarged by the browser at first, then sharp, tile by tile. */
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Preview, TileEvent } from '../pipeline/progress';
import type { Store } from './store';

/** Early previews are blurred most: they hold shapes, not edges. */
const MAX_BLUR_PX = 10;

export function PreviewCanvas({ store }: { readonly store: Store }) {
  const sketch = useRef<HTMLCanvasElement>(null);
  const tiles = useRef<HTMLCanvasElement>(null);
  // Signals call back at each change, so no tile is skipped as it could be between two renderings.
  useSignalEffect(() => showSketch(sketch.current, store.preview.value));
  useSignalEffect(() => showTile(tiles.current, store.tile.value));
  const fraction = store.progress.value?.fraction ?? 0;
  const hasTiles = store.tile.value !== null;
  return (
    <div
      role="img"
      aria-label="Preview of the picture being drawn"
      class="preview"
      hidden={!hasTiles && !store.preview.value}
    >
      <canvas
        ref={sketch}
        class="preview-sketch"
        data-under-tiles={hasTiles}
        style={{ filter: `blur(${(MAX_BLUR_PX * (1 - fraction)).toFixed(1)}px)` }}
      />
      {/* Another plan in the same job starts over, on an empty canvas. */}
      <canvas key={store.attempt.value} ref={tiles} class="preview-tiles" />
    </div>
  );
}

function showSketch(canvas: HTMLCanvasElement | null, preview: Preview | null): void {
  if (!canvas || !preview) return;
  canvas.width = preview.widthPx;
  canvas.height = preview.heightPx;
  canvas.getContext('2d')?.putImageData(new ImageData(preview.rgba, preview.widthPx, preview.heightPx), 0, 0);
}

function showTile(canvas: HTMLCanvasElement | null, tile: TileEvent | null): void {
  if (!canvas || !tile) return;
  const { preview, left, top, whole } = tile;
  if (canvas.width !== whole.widthPx || canvas.height !== whole.heightPx) {
    canvas.width = whole.widthPx;
    canvas.height = whole.heightPx;
  }
  if (preview.widthPx * preview.heightPx === 0) return;
  canvas.getContext('2d')?.putImageData(new ImageData(preview.rgba, preview.widthPx, preview.heightPx), left, top);
}

/** What the model sees so far. Small, and enlarged by the browser: each step makes it sharper. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Preview } from '../pipeline/progress';

export interface PreviewCanvasProps {
  readonly preview: Preview;
  readonly fraction: number;
}

/** Early previews are blurred most: they hold shapes, not edges. */
const MAX_BLUR_PX = 10;

export function PreviewCanvas({ preview, fraction }: PreviewCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { rgba, widthPx, heightPx } = preview;
    canvas.current?.getContext('2d')?.putImageData(new ImageData(rgba, widthPx, heightPx), 0, 0);
  }, [preview]);
  return (
    <canvas
      ref={canvas}
      class="preview"
      width={preview.widthPx}
      height={preview.heightPx}
      style={{ filter: `blur(${(MAX_BLUR_PX * (1 - fraction)).toFixed(1)}px)` }}
      role="img"
      aria-label="Preview of the picture being drawn"
    />
  );
}

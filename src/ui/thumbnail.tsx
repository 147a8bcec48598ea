/** A small copy of a picture, made with it: twenty 4K files shown small would each be decoded whole, to 100 MB. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Preview } from '../pipeline/progress';

export function Thumbnail({ image, name }: { readonly image: Preview | null; readonly name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (!image) return;
    const pixels = new ImageData(image.rgba, image.widthPx, image.heightPx);
    canvas.current?.getContext('2d')?.putImageData(pixels, 0, 0);
  }, [image]);
  return <canvas ref={canvas} width={image?.widthPx ?? 1} height={image?.heightPx ?? 1} role="img" aria-label={name} />;
}

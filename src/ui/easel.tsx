/** Where the picture stands: nothing yet, a preview that sharpens, the finished picture, or what went wrong. */
import { useEffect, useRef } from 'preact/hooks';
import { DownloadLink } from './downloadLink';
import { PreviewCanvas } from './previewCanvas';
import { ProblemCard } from './problemCard';
import type { StudioPicture } from './store';
import type { Studio } from './studio';

export function Easel({ studio }: { readonly studio: Studio }) {
  const { easelSize, isRunning, shown, problem } = studio.store;
  const { widthPx, heightPx } = easelSize.value;
  const longest = Math.max(widthPx, heightPx);
  const frame = { width: `${(100 * widthPx) / longest}%`, height: `${(100 * heightPx) / longest}%` };
  const easel = useRef<HTMLDivElement>(null);
  const isDrawing = isRunning.value;
  useEffect(() => {
    // On a narrow screen the button lies far below the picture.
    if (isDrawing) easel.current?.scrollIntoView({ block: 'nearest' });
  }, [isDrawing]);
  return (
    <div ref={easel} class="easel">
      <div class="frame" style={frame} aria-busy={isDrawing}>
        {isDrawing ? <Drawing studio={studio} /> : <Finished picture={shown.value} />}
      </div>
      {problem.value && <ProblemCard studio={studio} problem={problem.value} />}
    </div>
  );
}

function Drawing({ studio }: { readonly studio: Studio }) {
  const { preview, tile, plan } = studio.store;
  const isEmpty = !preview.value && !tile.value;
  return (
    <>
      {isEmpty && <div class="mosaic" aria-hidden="true" />}
      {/* There from the start: it has to see every tile. */}
      {plan.value && <PreviewCanvas store={studio.store} />}
    </>
  );
}

function Finished({ picture }: { readonly picture: StudioPicture | null }) {
  const image = picture?.answer.data[0];
  if (!picture || !image) return <Empty />;
  return (
    <>
      <img
        class="picture"
        src={image.url}
        width={image.width}
        height={image.height}
        alt={picture.prompt}
        decoding="async"
      />
      <DownloadLink picture={picture} />
    </>
  );
}

function Empty() {
  return (
    <div class="empty">
      <p>Your picture appears here.</p>
    </div>
  );
}

/** Where the picture stands: nothing yet, a preview that sharpens, the finished picture, or what went wrong. */
import { useEffect, useRef } from 'preact/hooks';
import { Comparison } from './comparison';
import { DownloadLink } from './downloadLink';
import { EditButton } from './editButton';
import { useIsSeen } from './livePreview/isSeen';
import { PreviewCanvas } from './previewCanvas';
import { ProblemCard } from './problemCard';
import type { Draft, StudioPicture } from './store';
import type { Studio } from './studio';

export function Easel({ studio }: { readonly studio: Studio }) {
  const { easelSize, isRunning, problem, easelIsSeen } = studio.store;
  const { widthPx, heightPx } = easelSize.value;
  const longest = Math.max(widthPx, heightPx);
  const frame = { width: `${(100 * widthPx) / longest}%`, height: `${(100 * heightPx) / longest}%` };
  const easel = useRef<HTMLDivElement>(null);
  const isDrawing = isRunning.value;
  useIsSeen(easel, easelIsSeen);
  useEffect(() => {
    // On a narrow screen the button lies far below the picture.
    if (isDrawing) easel.current?.scrollIntoView({ block: 'nearest' });
  }, [isDrawing]);
  return (
    <div ref={easel} class="easel">
      <div class="frame" style={frame} aria-busy={isDrawing}>
        {isDrawing ? <Drawing studio={studio} /> : <Standing studio={studio} />}
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

function Standing({ studio }: { readonly studio: Studio }) {
  const { draft, shown } = studio.store;
  if (draft.value) return <FirstLook draft={draft.value} />;
  return shown.value ? <Finished key={shown.value.answer.id} studio={studio} picture={shown.value} /> : <Empty />;
}

function FirstLook({ draft: { url, prompt } }: { readonly draft: Draft }) {
  return (
    <>
      <img class="first-look" src={url} alt={`Preview: ${prompt}`} />
      <p class="first-look-tag" aria-hidden="true">
        Preview
      </p>
    </>
  );
}

function Finished({ studio, picture }: { readonly studio: Studio; readonly picture: StudioPicture }) {
  const image = picture.answer.data[0];
  if (!image) return <Empty />;
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
      {picture.beforeUrl !== null && <Comparison beforeUrl={picture.beforeUrl} />}
      <div class="picture-actions">
        {studio.model.images === 'references' && <EditButton studio={studio} picture={picture} />}
        <DownloadLink picture={picture} />
      </div>
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

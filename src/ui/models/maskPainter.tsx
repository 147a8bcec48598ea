/** A round brush over a picture: what it touches is drawn anew. */
import { useRef, useState } from 'preact/hooks';
import type { InputPicture } from '../store';
import { Slider } from './slider';

interface MaskPainterProps {
  readonly picture: InputPicture;
  /** Told after every stroke; null when nothing is painted. */
  readonly onMask: (mask: File | null) => void;
}

/** Of the strokes. Models read masks on a grid of 8 pixels and more: finer ones would be lost. */
const LONG_SIDE_PX = 512;

export function MaskPainter({ picture, onMask }: MaskPainterProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const image = useRef<HTMLImageElement>(null);
  const [size, setSize] = useState({ width: 1, height: 1 });
  const [brushPercent, setBrush] = useState(15);
  const stroke = useStroke(brushPercent, (strokes) => {
    if (image.current) void maskOf(strokes, image.current).then(onMask);
  });
  return (
    <div class="mask-painter">
      <div class="mask-canvas">
        <img ref={image} src={picture.url} alt="" onLoad={({ currentTarget }) => setSize(strokesSize(currentTarget))} />
        <canvas ref={canvas} {...size} role="img" aria-label={`Brush over ${picture.name}`} {...stroke} />
      </div>
      <Slider
        id="brush"
        label="Size of the brush"
        range={{ min: 3, max: 50, step: 1 }}
        value={brushPercent}
        onInput={setBrush}
      />
      <button
        type="button"
        class="button"
        onClick={() => {
          canvas.current?.getContext('2d')?.clearRect(0, 0, size.width, size.height);
          onMask(null);
        }}
      >
        Clear
      </button>
    </div>
  );
}

function strokesSize({ naturalWidth, naturalHeight }: HTMLImageElement): { width: number; height: number } {
  const scale = LONG_SIDE_PX / Math.max(naturalWidth, naturalHeight, 1);
  const side = (px: number) => Math.max(1, Math.round(px * scale));
  return { width: side(naturalWidth), height: side(naturalHeight) };
}

type CanvasPointer = PointerEvent & { readonly currentTarget: HTMLCanvasElement };

/** Handlers that draw round lines under a pressed pointer, as wide as so much of the shorter side. */
function useStroke(brushPercent: number, onEnd: (strokes: HTMLCanvasElement) => void) {
  const last = useRef<DOMPointReadOnly | null>(null);
  const paintTo = (event: CanvasPointer) => {
    const { currentTarget: strokes } = event;
    const to = pointOn(strokes, event);
    paintLine(strokes, last.current ?? to, to, {
      widthPx: (brushPercent / 100) * Math.min(strokes.width, strokes.height),
    });
    last.current = to;
  };
  const end = ({ currentTarget }: CanvasPointer) => {
    if (last.current) onEnd(currentTarget);
    last.current = null;
  };
  return {
    onPointerDown: (event: CanvasPointer) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      paintTo(event);
    },
    onPointerMove: (event: CanvasPointer) => {
      if (last.current) paintTo(event);
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}

function pointOn(canvas: HTMLCanvasElement, { clientX, clientY }: MouseEvent): DOMPointReadOnly {
  const box = canvas.getBoundingClientRect();
  return new DOMPointReadOnly(
    ((clientX - box.left) / box.width) * canvas.width,
    ((clientY - box.top) / box.height) * canvas.height,
  );
}

function paintLine(
  canvas: HTMLCanvasElement,
  from: DOMPointReadOnly,
  to: DOMPointReadOnly,
  options: { readonly widthPx: number },
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  // Which colour does not matter: the style sheet shows it half transparent, the mask only asks where.
  context.strokeStyle = '#0f625c';
  context.lineWidth = options.widthPx;
  context.lineCap = 'round';
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}

/** As the API takes it: as large as the picture, and transparent where the strokes are. */
async function maskOf(strokes: HTMLCanvasElement, { naturalWidth, naturalHeight }: HTMLImageElement): Promise<File> {
  const mask = new OffscreenCanvas(naturalWidth, naturalHeight);
  const context = mask.getContext('2d');
  if (!context) throw new Error('This browser has no canvas to make a mask on.');
  context.fillRect(0, 0, mask.width, mask.height);
  context.globalCompositeOperation = 'destination-out';
  context.drawImage(strokes, 0, 0, mask.width, mask.height);
  return new File([await mask.convertToBlob({ type: 'image/png' })], 'the part painted over', { type: 'image/png' });
}

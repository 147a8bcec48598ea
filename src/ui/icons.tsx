/** Line icons, drawn on a 24 by 24 grid in the colour of the text around them. Decorative: the label is always text. */
import type { AspectRatio } from '../api/sizes';

const PATHS = {
  download: 'M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 19.5h14',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  repeat: 'M4.5 11.5a7.5 7.5 0 0 1 13.3-4L20 9.5M20 5v4.5h-4.5M19.5 12.5a7.5 7.5 0 0 1-13.3 4L4 14.5M4 19v-4.5h4.5',
  open: 'M4 18.5v-12h5.5l2 2.5H20v9.5zM12 11.5v4.5m0-4.5-2 2m2-2 2 2',
  close: 'M6 6l12 12M18 6 6 18',
  chip: 'M7.5 7.5h9v9h-9zM10 4v3.5M14 4v3.5M10 16.5V20M14 16.5V20M4 10h3.5M4 14h3.5M16.5 10H20M16.5 14H20',
  pencil: 'M5 19l1-4.5L16.5 4 20 7.5 9.5 18zM14 6.5l3.5 3.5',
  picture: 'M4 5.5h16v13H4zM4 15.5l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9v.1',
  earlier: 'M14.5 6 8.5 12l6 6',
  later: 'M9.5 6l6 6-6 6',
  info: 'M12 11v5.5M12 7.5v.1M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Five pips. */
export function DiceIcon() {
  const pips = [8, 16].flatMap((x) => [8, 16].map((y) => ({ x, y })));
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="3.5" y="3.5" width="17" height="17" rx="4" />
      {[...pips, { x: 12, y: 12 }].map(({ x, y }) => (
        <circle key={`${x}-${y}`} class="pip" cx={x} cy={y} r="1.4" />
      ))}
    </svg>
  );
}

const RATIO_ICON_LONG_SIDE = 18;

/** The outline of a picture in this ratio, drawn to scale. */
export function RatioIcon({ ratio }: { readonly ratio: AspectRatio }) {
  const [across = 1, down = 1] = ratio.split(':').map(Number);
  const unit = RATIO_ICON_LONG_SIDE / Math.max(across, down);
  const width = across * unit;
  const height = down * unit;
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <rect x={12 - width / 2} y={12 - height / 2} width={width} height={height} rx="2" />
    </svg>
  );
}

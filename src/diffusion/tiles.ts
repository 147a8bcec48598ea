/** Cuts a picture into tiles that cover it, overlap by a set amount, and cross-fade with weights that sum to one. */

/** Positions start, start + 1 … end - 1 along one axis. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span that shares its first `fadeIn` positions with its predecessor and takes over from it there. */
export interface TileSpan extends Span {
  readonly fadeIn: number;
  /** What the next span shares with this one; 0 for the last. */
  readonly fadeOut: number;
}

export interface CutLimits {
  /** Longest span; a multiple of `multiple`. */
  readonly limit: number;
  /** Positions that neighbours share: at most a third of the limit, so that never three meet. A multiple of `multiple`. */
  readonly overlap: number;
  /** All starts, and all ends but the last, are multiples of this: the spans in the middle are of one length. */
  readonly multiple?: number;
}

/**
 * Cuts 0 … size into as few spans as the limit allows, of even lengths.
 *
 * @example cutAxis(1000, { limit: 512, overlap: 0, multiple: 64 }).map(({ start, end }) => [start, end])
 * // [[0, 512], [512, 1000]]
 */
export function cutAxis(size: number, { limit, overlap, multiple = 1 }: CutLimits): TileSpan[] {
  if (overlap * 3 > limit) throw new RangeError(`An overlap of ${overlap} is too much for tiles of ${limit}.`);
  if (size <= limit) return [{ start: 0, end: size, fadeIn: 0, fadeOut: 0 }];
  const fewest = Math.ceil((size - overlap) / (limit - overlap));
  const stride = Math.ceil((size - overlap) / fewest / multiple) * multiple;
  const count = Math.ceil((size - overlap) / stride);
  return Array.from({ length: count }, (_, index) => ({
    start: index * stride,
    end: Math.min(size, (index + 1) * stride + overlap),
    fadeIn: index === 0 ? 0 : overlap,
    fadeOut: index === count - 1 ? 0 : overlap,
  }));
}

/**
 * Share of a span in what is seen at a position inside it, 0 … 1: rises linearly over `fadeIn`, falls over `fadeOut`.
 * At every position the weights of all spans sum to one.
 */
export function weightAt({ start, end, fadeIn, fadeOut }: TileSpan, position: number): number {
  const risen = fadeIn === 0 ? 1 : Math.min(1, (position - start + 0.5) / fadeIn);
  const fallen = fadeOut === 0 ? 0 : Math.max(0, (position - (end - fadeOut) + 0.5) / fadeOut);
  return risen * (1 - fallen);
}

/** A span at each size of a picture that is doubled again and again, from the smallest to the full one. */
export type SpanPyramid = readonly Span[];

/** What a doubling asks of the smaller picture. */
export interface Doubling {
  /** Pixels around a window that its pixels depend on, on each side. */
  readonly contextPx: number;
  /** Windows start and end at multiples of this, as does the picture. */
  readonly multiple: number;
}

/**
 * What has to be known at each size for a span of the full size: half of it, and what the doubling sees around it.
 * Cut at the picture's borders, where a doubling finds the same border as in the whole picture.
 *
 * @param nativeSize size before the first doubling
 * @param doublings from the native size on
 * @example spanPyramid({ start: 64, end: 128 }, { nativeSize: 64, doublings: [{ contextPx: 4, multiple: 1 }] })
 * // [{ start: 28, end: 64 }, { start: 64, end: 128 }]
 */
export function spanPyramid(
  span: Span,
  { nativeSize, doublings }: { readonly nativeSize: number; readonly doublings: readonly Doubling[] },
): SpanPyramid {
  const spans: Span[] = [{ start: span.start, end: span.end }];
  for (const [level, { contextPx, multiple }] of [...doublings.entries()].reverse()) {
    const { start, end } = spans[0] ?? span;
    spans.unshift({
      start: Math.max(0, Math.floor((start / 2 - contextPx) / multiple) * multiple),
      end: Math.min(nativeSize * 2 ** level, Math.ceil((end / 2 + contextPx) / multiple) * multiple),
    });
  }
  return spans;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAxis, spanPyramid, type TileSpan, weightAt } from '../../../src/diffusion/tiles';

const SIZES = Array.from({ length: (8192 - 256) / 8 + 1 }, (_, i) => 256 + 8 * i);
const LIMITS = [256, 512, 1024].flatMap((limit) => [0, 64].map((overlap) => ({ limit, overlap, multiple: 64 })));

describe('cutAxis', () => {
  it.each(LIMITS)('covers every size from 256 to 8192 with spans of at most $limit, $overlap shared', (limits) => {
    for (const size of SIZES) expect(faults(cutAxis(size, limits), size, limits)).toEqual([]);
  });

  it.each(LIMITS)('gives weights that sum to one everywhere ($limit, $overlap)', (limits) => {
    for (const size of SIZES) {
      const spans = cutAxis(size, limits);
      const positions = spans.flatMap(({ start, end, fadeIn }) => [
        start,
        start + (fadeIn >> 1),
        start + fadeIn,
        end - 1,
      ]);
      for (const position of positions) expect(total(spans, position)).toBeCloseTo(1, 12);
    }
  });

  it('holds for any size, limit and overlap, at every position', () => {
    const numbers = fc.record({ size: fc.integer({ min: 1, max: 500 }), limit: fc.integer({ min: 3, max: 90 }) });
    fc.assert(
      fc.property(numbers, fc.nat(), ({ size, limit }, any) => {
        const limits = { limit, overlap: any % (Math.floor(limit / 3) + 1) };
        const spans = cutAxis(size, limits);
        expect(faults(spans, size, limits)).toEqual([]);
        for (let position = 0; position < size; position++) expect(total(spans, position)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('takes as few spans as the limit allows', () => {
    expect(cutAxis(1024, { limit: 512, overlap: 0, multiple: 64 })).toHaveLength(2);
    expect(cutAxis(1025, { limit: 512, overlap: 0, multiple: 64 })).toHaveLength(3);
  });

  it('refuses an overlap at which three tiles would meet', () => {
    expect(() => cutAxis(100, { limit: 30, overlap: 11 })).toThrow(RangeError);
  });
});

describe('spanPyramid', () => {
  it('knows of each size what the doublings of the next see, and never more than there is', () => {
    const inputs = fc.record({
      nativeSize: fc.integer({ min: 2, max: 50 }).map((size) => 4 * size),
      doublings: fc.array(
        fc.record({ contextPx: fc.integer({ min: 0, max: 12 }), multiple: fc.constantFrom(1, 2, 4) }),
        { maxLength: 5 },
      ),
    });
    fc.assert(
      fc.property(inputs, fc.nat(), fc.nat(), (options, a, b) => {
        const full = options.nativeSize * 2 ** options.doublings.length;
        const [start, end] = [a % full, (b % full) + 1].sort((x, y) => x - y) as [number, number];
        const spans = spanPyramid({ start, end: Math.max(end, start + 1) }, options);
        expect(spans).toHaveLength(options.doublings.length + 1);
        for (const [level, span] of spans.entries()) {
          const size = options.nativeSize * 2 ** level;
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeLessThanOrEqual(size);
          const next = spans[level + 1];
          const doubling = options.doublings[level];
          if (!next || !doubling) continue;
          const seen = [
            Math.max(0, next.start / 2 - doubling.contextPx),
            Math.min(size, next.end / 2 + doubling.contextPx),
          ];
          const spare = [(seen[0] ?? 0) - span.start, span.end - (seen[1] ?? 0)];
          for (const px of spare) expect(px).toBeGreaterThanOrEqual(0);
          for (const px of spare) expect(px).toBeLessThan(doubling.multiple);
          expect([span.start % doubling.multiple, span.end % doubling.multiple]).toEqual([0, 0]);
        }
      }),
    );
  });
});

function total(spans: readonly TileSpan[], position: number): number {
  const inside = spans.filter(({ start, end }) => position >= start && position < end);
  return inside.reduce((sum, span) => sum + weightAt(span, position), 0);
}

function faults(
  spans: readonly TileSpan[],
  size: number,
  limits: { readonly limit: number; readonly overlap: number; readonly multiple?: number },
): string[] {
  const found: string[] = [];
  if (spans[0]?.start !== 0 || spans.at(-1)?.end !== size) found.push('does not reach the ends');
  for (const [index, { start, end, fadeIn, fadeOut }] of spans.entries()) {
    const before = spans[index - 1];
    if (end - start > limits.limit) found.push(`span of ${end - start}`);
    if (end - start < fadeIn + fadeOut) found.push('fades meet');
    if (start % (limits.multiple ?? 1) !== 0) found.push(`starts at ${start}`);
    if (before && before.end - start !== limits.overlap) found.push(`shares ${before.end - start}`);
    if (before && (fadeIn !== limits.overlap || before.fadeOut !== limits.overlap)) found.push('fades differ');
  }
  return found;
}

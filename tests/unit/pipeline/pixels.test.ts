import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRgba } from '../../../src/pipeline/pixels';

describe('toRgba', () => {
  it('packs planes as opaque RGBA and clamps', () => {
    const planes = Float32Array.of(0, 1, 0.5, -1, 2, 0.2);
    const { rgba } = toRgba(planes, { widthPx: 2, heightPx: 1 });
    expect(Array.from(rgba)).toEqual([0, 128, 255, 255, 255, 0, 51, 255]);
  });

  it('crops evenly: every pixel comes from its centred place', () => {
    const side = fc.integer({ min: 1, max: 12 });
    const margin = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(side, side, margin, margin, (widthPx, heightPx, dx, dy) => {
        const source = { widthPx: widthPx + dx, heightPx: heightPx + dy };
        const area = source.widthPx * source.heightPx;
        const planes = Float32Array.from({ length: area * 3 }, (_, i) => (i % area) / 255);
        const { rgba } = toRgba(planes, source, { widthPx, heightPx });
        const first = Math.floor(dy / 2) * source.widthPx + Math.floor(dx / 2);
        expect(rgba).toHaveLength(widthPx * heightPx * 4);
        expect(rgba[0]).toBe(Math.min(255, first));
      }),
    );
  });
});

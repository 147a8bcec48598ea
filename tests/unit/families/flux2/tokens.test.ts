import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  gridPlaces,
  joinTokens,
  referencePlaces,
  textPlaces,
  toGrid,
  toTokens,
} from '../../../../src/families/flux2/tokens';
import type { Values } from '../../../../src/families/shared/feeds';

const side = fc.integer({ min: 1, max: 6 });
const grids = fc.record({ channels: side, height: side, width: side });

/** Every number of it another one. */
function latentOf({ channels, height, width }: { channels: number; height: number; width: number }): Values {
  const values = Float32Array.from({ length: channels * height * width }, (_, i) => i);
  return { values, dims: [1, channels, height, width] };
}

/** The four coordinates of each token. */
function rowsOf({ values, dims }: Values): number[][] {
  return Array.from({ length: dims[1] ?? 0 }, (_, i) => Array.from(values.subarray(4 * i, 4 * i + 4)));
}

describe('tokens', () => {
  test('hold all channels of a cell, row by row', () => {
    const latent = latentOf({ channels: 2, height: 2, width: 3 });
    const { values, dims } = toTokens(latent);
    expect(dims).toEqual([1, 6, 2]);
    expect(Array.from(values)).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
  });

  test('become the latent again, whatever comes behind them', () => {
    fc.assert(
      fc.property(grids, grids, (grid, other) => {
        const latent = latentOf(grid);
        const behind = toTokens(latentOf({ ...other, channels: grid.channels }));
        expect(toGrid(joinTokens([toTokens(latent), behind]), grid)).toEqual(latent.values);
      }),
    );
  });

  test('joined are as many as their parts, in order', () => {
    fc.assert(
      fc.property(fc.array(grids, { minLength: 1, maxLength: 5 }), (parts) => {
        const tokens = parts.map((grid) => toTokens(latentOf({ ...grid, channels: 3 })));
        const joined = joinTokens(tokens);
        expect(joined.dims).toEqual([1, parts.reduce((sum, { height, width }) => sum + height * width, 0), 3]);
        expect(Array.from(joined.values)).toEqual(tokens.flatMap(({ values }) => Array.from(values)));
      }),
    );
  });

  test('cannot be joined out of nothing', () => {
    expect(() => joinTokens([])).toThrow('nothing to join');
  });
});

describe('places', () => {
  test('of a picture are its rows and columns', () => {
    expect(rowsOf(gridPlaces(2, 3))).toEqual([
      [0, 0, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 2, 0],
      [0, 1, 0, 0],
      [0, 1, 1, 0],
      [0, 1, 2, 0],
    ]);
  });

  test('of a text are numbered along the last axis', () => {
    expect(rowsOf(textPlaces(3))).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 2],
    ]);
  });

  test('of references lie 10, 20, 30 … behind the picture, as FLUX.2 was trained', () => {
    const firsts = [0, 1, 2, 3].map((index) => rowsOf(referencePlaces(index, { height: 1, width: 2 }))[1]);
    expect(firsts).toEqual([10, 20, 30, 40].map((image) => [image, 0, 1, 0]));
  });

  test('are all different in one picture with its references', () => {
    fc.assert(
      fc.property(fc.array(grids, { minLength: 1, maxLength: 5 }), ([grid, ...references]) => {
        const own = gridPlaces(grid?.height ?? 0, grid?.width ?? 0);
        const all = joinTokens([own, ...references.map((each, index) => referencePlaces(index, each))]);
        const rows = rowsOf(all).map(String);
        expect(new Set(rows).size).toBe(rows.length);
      }),
    );
  });
});

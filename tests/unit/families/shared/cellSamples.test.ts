import { expect, test } from 'vitest';
import { joinSamples, type Kind, pickCells } from '../../../../src/families/shared/cellSamples';

const counting = (dims: readonly number[]) =>
  Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, (_, i) => i);

test.each<[Kind, number[]]>([
  ['keys', [1, 2, 3, 4]],
  ['values', [1, 2, 4, 3]],
])('%s of all cells, in two parts, join to what they were', (kind, dims) => {
  const table = { kind, dims, numbers: counting(dims) };
  expect(joinSamples([pickCells(table, [0, 1]), pickCells(table, [2, 3])])).toEqual(table);
});

test('keeps the cells that were picked', () => {
  const keys = { kind: 'keys', dims: [1, 2, 3], numbers: counting([1, 2, 3]) } as const;
  expect(joinSamples([pickCells(keys, [2, 0])])).toEqual({
    kind: 'keys',
    dims: [1, 2, 2],
    numbers: Float32Array.of(2, 0, 5, 3),
  });
  const values = { kind: 'values', dims: [1, 3, 2], numbers: counting([1, 3, 2]) } as const;
  expect(joinSamples([pickCells(values, [2, 0])])).toMatchObject({
    dims: [1, 2, 2],
    numbers: Float32Array.of(4, 5, 0, 1),
  });
});

/** Keys and values of an attention, cell by cell: picked out of windows and joined to those of a whole picture. */

/** Keys are [.., width, cells], values [.., cells, width]. */
export type Kind = 'keys' | 'values';

export interface CellTable {
  readonly kind: Kind;
  readonly dims: readonly number[];
  readonly numbers: Float32Array;
}

/** The same numbers, one list for each cell. */
export interface CellSample {
  readonly kind: Kind;
  readonly dims: readonly number[];
  readonly cells: readonly Float32Array[];
}

export function pickCells({ kind, dims, numbers }: CellTable, indices: readonly number[]): CellSample {
  const { heads, width, count } = sizesOf(kind, dims);
  const cells = indices.map((cell) =>
    Float32Array.from({ length: heads * width }, (_, i) => {
      const [head, column] = [Math.floor(i / width), i % width];
      const place = kind === 'keys' ? column * count + cell : cell * width + column;
      return numbers[head * width * count + place] ?? Number.NaN;
    }),
  );
  return { kind, dims, cells };
}

export function joinSamples(samples: readonly CellSample[]): CellTable {
  const { kind, dims } = samples[0] ?? { kind: 'keys', dims: [] };
  const { heads, width } = sizesOf(kind, dims);
  const cells = samples.flatMap((sample) => sample.cells);
  const count = cells.length;
  const numbers = new Float32Array(heads * width * count);
  for (const [cell, column] of cells.entries()) {
    for (const [i, value] of column.entries()) {
      const [head, row] = [Math.floor(i / width), i % width];
      const place = kind === 'keys' ? row * count + cell : cell * width + row;
      numbers[head * width * count + place] = value;
    }
  }
  const ends = kind === 'keys' ? [width, count] : [count, width];
  return { kind, dims: [...dims.slice(0, -2), ...ends], numbers };
}

function sizesOf(kind: Kind, dims: readonly number[]) {
  const [first = 0, last = 0] = dims.slice(-2);
  const heads = dims.slice(0, -2).reduce((product, dim) => product * dim, 1);
  return kind === 'keys' ? { heads, width: first, count: last } : { heads, width: last, count: first };
}

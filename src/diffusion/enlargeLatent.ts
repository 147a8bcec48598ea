/**
 * Twice the height and width of a latent by cubic convolution (Keys 1981, a = -1/2).
 *
 * Cubic and not linear: the enlarged latent is what refinement starts from and whose low frequencies stay. Of waves of
 * four cells, half-way to the base grid's own limit, linear interpolation loses 21 % of the amplitude and cubic 6 %. A
 * decoder shows that as blur, and the few steps of a refinement do not win it back.
 */
import { type LatentShape, type LineMap, mapLines } from './separable';

/** [channels, height, width] to [channels, 2 height, 2 width]. Cells stay where they are in the picture. */
export function enlargeLatent(values: Float32Array, shape: LatentShape): Float32Array<ArrayBuffer> {
  return mapLines(values, shape, { row: doubling(shape.width), column: doubling(shape.height) });
}

/** Weights of the cells i - 2 … i + 1 for new cell 2i, a quarter of a cell before the centre of i; mirrored for 2i + 1. */
const WEIGHTS = [-3 / 128, 29 / 128, 111 / 128, -9 / 128] as const;

function doubling(length: number): LineMap {
  return {
    inputLength: length,
    outputLength: 2 * length,
    apply: (input, output) => {
      for (let cell = 0; cell < length; cell++) {
        output[2 * cell] = weighted(input, cell, 1);
        output[2 * cell + 1] = weighted(input, cell, -1);
      }
    },
  };
}

/** Beyond the borders there is nothing: the weights of what is there are scaled up to one. */
function weighted(input: Float64Array, cell: number, direction: 1 | -1): number {
  let sum = 0;
  let weights = 0;
  for (let tap = 0; tap < WEIGHTS.length; tap++) {
    const value = input[cell + direction * (tap - 2)];
    const weight = WEIGHTS[tap];
    if (value === undefined || weight === undefined) continue;
    sum += weight * value;
    weights += weight;
  }
  return sum / weights;
}

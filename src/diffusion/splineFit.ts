/**
 * A low-pass filter that is a projection: the cubic spline nearest to a line of numbers, in the sense of least squares
 * (Unser, Aldroubi and Eden 1993, "The L2 polynomial spline pyramid"). Filtering twice changes nothing, so every signal
 * splits into what the filter sees and the rest, and one part can be exchanged without a trace in the other. A short
 * kernel cannot do that; a banded system of equations can, and its cost still grows only with the length.
 */
import type { LineMap } from './separable';

/** Cubic splines reach over four pieces, so a cell is under four of them. */
const REACH = 4;

/**
 * Keeps waves longer than two knot distances; there the gain falls through one half. The line goes on mirrored beyond
 * its ends, so that a constant comes out as it went in.
 *
 * @param length at least 2
 * @param knotDistance in cells, at least 2; what the length leaves over is spread evenly
 */
export function splineFit(length: number, knotDistance: number): LineMap {
  const basis = cubicBasis(length, Math.max(1, Math.floor(length / knotDistance)));
  const factor = choleskyFactor(gramMatrix(basis));
  const fit = new Float64Array(basis.knotCount);
  return {
    inputLength: length,
    outputLength: length,
    apply: (input, output) => {
      project(basis, input, fit);
      solve(factor, fit);
      draw(basis, fit, output);
    },
  };
}

/** Of every cell the four splines it is under: cell i has entries 4i … 4i + 3. */
interface Basis {
  readonly length: number;
  readonly knotCount: number;
  readonly knots: Int32Array;
  readonly weights: Float64Array;
}

function cubicBasis(length: number, pieces: number): Basis {
  const knots = new Int32Array(length * REACH);
  const weights = new Float64Array(length * REACH);
  for (let cell = 0; cell < length; cell++) {
    const place = ((cell + 0.5) * pieces) / length;
    for (let i = 0; i < REACH; i++) {
      const knot = Math.floor(place) - 1 + i;
      // Mirrored: a spline beyond an end is the image of one inside.
      knots[cell * REACH + i] = pieces - Math.abs(pieces - Math.abs(knot));
      weights[cell * REACH + i] = cubicSpline(place - knot);
    }
  }
  return { length, knotCount: pieces + 1, knots, weights };
}

/** The centred cubic B-spline. */
function cubicSpline(x: number): number {
  const distance = Math.abs(x);
  if (distance >= 2) return 0;
  if (distance >= 1) return (2 - distance) ** 3 / 6;
  return 2 / 3 - distance ** 2 + distance ** 3 / 2;
}

/** fit = B^T input */
function project({ knots, weights }: Basis, input: Float64Array, fit: Float64Array): void {
  fit.fill(0);
  for (let entry = 0; entry < knots.length; entry++) {
    const knot = knots[entry] ?? 0;
    fit[knot] = (fit[knot] ?? 0) + (weights[entry] ?? 0) * (input[Math.floor(entry / REACH)] ?? 0);
  }
}

/** output = B fit */
function draw({ knots, weights }: Basis, fit: Float64Array, output: Float64Array): void {
  output.fill(0);
  for (let entry = 0; entry < knots.length; entry++) {
    const cell = Math.floor(entry / REACH);
    output[cell] = (output[cell] ?? 0) + (weights[entry] ?? 0) * (fit[knots[entry] ?? 0] ?? 0);
  }
}

/** The lower half of a symmetric matrix that is 0 beyond three places off the diagonal: [row, row - column]. */
type Band = Float64Array;

/** B^T B */
function gramMatrix({ length, knotCount, knots, weights }: Basis): Band {
  const gram = new Float64Array(knotCount * REACH);
  for (let cell = 0; cell < length; cell++) {
    for (let a = cell * REACH; a < (cell + 1) * REACH; a++) {
      for (let b = cell * REACH; b < (cell + 1) * REACH; b++) {
        const below = (knots[a] ?? 0) - (knots[b] ?? 0);
        if (below < 0) continue;
        const at = (knots[a] ?? 0) * REACH + below;
        gram[at] = (gram[at] ?? 0) + (weights[a] ?? 0) * (weights[b] ?? 0);
      }
    }
  }
  return gram;
}

/** L of A = L L^T, in the same layout. */
function choleskyFactor(matrix: Band): Band {
  const factor = Float64Array.from(matrix);
  for (let row = 0; row * REACH < factor.length; row++) {
    for (let below = Math.min(row, REACH - 1); below >= 0; below--) {
      const column = row - below;
      let rest = factor[row * REACH + below] ?? 0;
      for (let k = Math.max(0, row - REACH + 1); k < column; k++) {
        rest -= (factor[row * REACH + row - k] ?? 0) * (factor[column * REACH + column - k] ?? 0);
      }
      factor[row * REACH + below] = below === 0 ? Math.sqrt(rest) : rest / (factor[column * REACH] ?? 1);
    }
  }
  return factor;
}

/** Solves L L^T x = b in place. */
function solve(factor: Band, x: Float64Array): void {
  for (let row = 0; row < x.length; row++) {
    let rest = x[row] ?? 0;
    for (let below = Math.min(row, REACH - 1); below > 0; below--) {
      rest -= (factor[row * REACH + below] ?? 0) * (x[row - below] ?? 0);
    }
    x[row] = rest / (factor[row * REACH] ?? 1);
  }
  for (let row = x.length - 1; row >= 0; row--) {
    let rest = x[row] ?? 0;
    for (let above = 1; above < REACH && row + above < x.length; above++) {
      rest -= (factor[(row + above) * REACH + above] ?? 0) * (x[row + above] ?? 0);
    }
    x[row] = rest / (factor[row * REACH] ?? 1);
  }
}

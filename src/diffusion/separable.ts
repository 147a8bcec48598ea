/** Linear maps along the rows and columns of a latent: every filter and enlargement here is separable. */

/** Layout of a latent's numbers: [channels, height, width], row by row. */
export interface LatentShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A linear map of one line of numbers to another. */
export interface LineMap {
  readonly inputLength: number;
  readonly outputLength: number;
  /** Overwrites all of `output`. */
  apply(input: Float64Array, output: Float64Array): void;
}

/**
 * Maps all rows, then all columns.
 *
 * @param maps.row of length `width`, maps.column of length `height`
 */
export function mapLines(
  values: Float32Array,
  shape: LatentShape,
  maps: { readonly row: LineMap; readonly column: LineMap },
): Float32Array<ArrayBuffer> {
  const { channels, height, width } = shape;
  const newWidth = maps.row.outputLength;
  const newHeight = maps.column.outputLength;
  const wide = new Float32Array(channels * height * newWidth);
  const mapped = new Float32Array(channels * newHeight * newWidth);
  const mapRow = lineMapper(maps.row, values, wide);
  for (let y = 0; y < channels * height; y++) {
    mapRow({ start: y * width, stride: 1 }, { start: y * newWidth, stride: 1 });
  }
  const mapColumn = lineMapper(maps.column, wide, mapped);
  for (let channel = 0; channel < channels; channel++) {
    for (let x = 0; x < newWidth; x++) {
      const start = channel * height * newWidth + x;
      mapColumn({ start, stride: newWidth }, { start: channel * newHeight * newWidth + x, stride: newWidth });
    }
  }
  return mapped;
}

interface Line {
  readonly start: number;
  readonly stride: number;
}

function lineMapper({ inputLength, outputLength, apply }: LineMap, source: Float32Array, target: Float32Array) {
  const input = new Float64Array(inputLength);
  const output = new Float64Array(outputLength);
  return (from: Line, to: Line) => {
    for (let i = 0; i < inputLength; i++) input[i] = source[from.start + i * from.stride] ?? 0;
    apply(input, output);
    for (let i = 0; i < outputLength; i++) target[to.start + i * to.stride] = output[i] ?? 0;
  };
}

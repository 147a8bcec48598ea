/** Latents as rows of tokens, and where each token is: (image, row, column, place in the text). */
import type { Values } from '../shared/feeds';

/** How far apart the model was trained to see the picture and its references, along the axis of images. */
const IMAGE_DISTANCE = 10;

interface Grid {
  readonly height: number;
  readonly width: number;
}

/** [1, C, h, w] to [1, h w, C]. */
export function toTokens({ values, dims }: Values): Values {
  const [, channels = 0, height = 0, width = 0] = dims;
  const count = height * width;
  const tokens = new Float32Array(values.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let cell = 0; cell < count; cell++) tokens[cell * channels + channel] = values[channel * count + cell] ?? 0;
  }
  return { values: tokens, dims: [1, count, channels] };
}

/** The first h w of [1, n, C] to [C, h, w]. */
export function toGrid(
  { values }: Values,
  { channels, height, width }: Grid & { readonly channels: number },
): Float32Array {
  const count = height * width;
  const grid = new Float32Array(channels * count);
  for (let cell = 0; cell < count; cell++) {
    for (let channel = 0; channel < channels; channel++) {
      grid[channel * count + cell] = values[cell * channels + channel] ?? Number.NaN;
    }
  }
  return grid;
}

/** One after the other, along the second dimension. */
export function joinTokens(parts: readonly Values[]): Values {
  const [first, ...others] = parts;
  if (!first) throw new RangeError('There is nothing to join.');
  if (others.length === 0) return first;
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
  let start = 0;
  for (const part of parts) {
    values.set(part.values, start);
    start += part.values.length;
  }
  const count = parts.reduce((sum, { dims }) => sum + (dims[1] ?? 0), 0);
  return { values, dims: [1, count, first.dims[2] ?? 0] };
}

/** Of the picture itself, row by row. */
export function gridPlaces(height: number, width: number): Values {
  return places(height * width, (cell) => [0, Math.floor(cell / width), cell % width, 0]);
}

/** Of the nth reference, counted from 0. */
export function referencePlaces(index: number, { height, width }: Grid): Values {
  const image = IMAGE_DISTANCE * (index + 1);
  return places(height * width, (cell) => [image, Math.floor(cell / width), cell % width, 0]);
}

export function textPlaces(count: number): Values {
  return places(count, (token) => [0, 0, 0, token]);
}

function places(count: number, placeOf: (index: number) => readonly [number, number, number, number]): Values {
  const values = new Float32Array(4 * count);
  for (let index = 0; index < count; index++) values.set(placeOf(index), 4 * index);
  return { values, dims: [1, count, 4] };
}

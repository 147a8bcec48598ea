/** Latents with a known number of things in them, and how many there are to be seen. */
import type { LatentShape } from '../../../src/diffusion/separable';

/** A bright spot that fades like a bell; places in cells. */
export interface Thing {
  readonly y: number;
  readonly x: number;
  readonly radius: number;
}

const BRIGHTNESS = 2;

export function drawThings({ channels, height, width }: LatentShape, things: readonly Thing[]): Float32Array {
  return Float32Array.from({ length: channels * height * width }, (_, i) => {
    const y = (Math.floor(i / width) % height) + 0.5;
    const x = (i % width) + 0.5;
    const light = ({ radius, ...at }: Thing) => Math.exp(-((y - at.y) ** 2 + (x - at.x) ** 2) / (2 * radius ** 2));
    return things.reduce((sum, thing) => sum + BRIGHTNESS * light(thing), 0);
  });
}

/** Connected areas of the first channel that are brighter than half a thing; a few cells are noise, not a thing. */
export function countThings(values: Float32Array, { height, width }: LatentShape): number {
  const unseen = new Set<number>();
  for (let cell = 0; cell < height * width; cell++) if ((values[cell] ?? 0) > BRIGHTNESS / 2) unseen.add(cell);
  let count = 0;
  for (const cell of unseen) if (areaFrom(cell, unseen, width) >= 8) count++;
  return count;
}

/** Takes a connected area out of `unseen`. */
function areaFrom(start: number, unseen: Set<number>, width: number): number {
  const open = [start];
  let area = 0;
  for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
    if (!unseen.delete(cell)) continue;
    area++;
    const column = cell % width;
    open.push(cell - width, cell + width);
    if (column > 0) open.push(cell - 1);
    if (column < width - 1) open.push(cell + 1);
  }
  return area;
}

/** Pearson's. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const [fromMeanA, fromMeanB] = [a, b].map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  });
  const product = (x: Float32Array = a, y: Float32Array = b) =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  const squares = product(fromMeanA, fromMeanA) * product(fromMeanB, fromMeanB);
  return product(fromMeanA, fromMeanB) / Math.sqrt(squares);
}

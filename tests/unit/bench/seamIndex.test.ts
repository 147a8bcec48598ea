import { expect, test } from 'vitest';
import { bordersOf, controlLines, pairedSeamIndex, seamIndex } from '../../../bench/tiles/seamIndex.mjs';

const PERIOD = 4;
const ALONE = { periodPx: PERIOD, borders: { columns: [], rows: [] } };

/** Energies of 40 lines that repeat every 4, as super-resolution leaves them. */
function patterned(change: Readonly<Record<number, number>> = {}): number[] {
  return Array.from({ length: 40 }, (_, line) => change[line] ?? [7, 1, 3, 1][line % PERIOD] ?? 0);
}

test('a pattern that repeats is no seam', () => {
  const energies = { columns: patterned(), rows: patterned() };
  expect(seamIndex(energies, { columns: [16], rows: [8, 20] }, ALONE)).toBe(1);
});

test('nor is content that gets busier in one direction', () => {
  const rising = Array.from({ length: 40 }, (_, line) => 10 + line);
  expect(seamIndex({ columns: rising, rows: [] }, { columns: [20], rows: [] }, ALONE)).toBe(1);
});

test('a line with twice the energy of its neighbours is one', () => {
  const energies = { columns: patterned({ 16: 14 }), rows: patterned() };
  expect(seamIndex(energies, { columns: [16], rows: [] }, ALONE)).toBe(2);
  expect(seamIndex(energies, { columns: [16], rows: [20] }, ALONE)).toBe(1.5);
});

test('a line that was smoothed away is one too', () => {
  const energies = { columns: patterned({ 16: 0 }), rows: [] };
  expect(seamIndex(energies, { columns: [16], rows: [] }, ALONE)).toBe(0);
});

test('near the edge of the picture the neighbours inside it are enough', () => {
  expect(seamIndex({ columns: patterned(), rows: [] }, { columns: [4, 36], rows: [] }, ALONE)).toBe(1);
});

test('a border is not what its neighbours are compared with', () => {
  const energies = { columns: patterned({ 16: 700 }), rows: [] };
  const borders = { columns: [16], rows: [] };
  expect(seamIndex(energies, { columns: [20], rows: [] }, { periodPx: PERIOD, borders })).toBe(1);
});

test('the same picture in other tiles shows what tiles did, whatever the content is', () => {
  const borders = { columns: [16, 20], rows: [] };
  const other = { energies: { columns: patterned(), rows: [] }, borders: { columns: [20], rows: [] } };
  expect(pairedSeamIndex({ energies: other.energies, borders }, other)).toBe(1);
  // Line 20 is a border in both and says nothing.
  const energies = { columns: patterned({ 16: 14, 20: 99 }), rows: [] };
  expect(pairedSeamIndex({ energies, borders }, other)).toBe(2);
});

const TILES = [
  { left: 0, top: 0 },
  { left: 448, top: 0 },
  { left: 0, top: 512 },
  { left: 448, top: 512 },
];

test('tiles meet where they start', () => {
  expect(bordersOf(TILES, 0)).toEqual({ columns: [448], rows: [512] });
});

test('tiles that overlap leave two lines each', () => {
  expect(bordersOf(TILES, 64)).toEqual({ columns: [448, 512], rows: [512, 576] });
});

test('the control lies inside tiles, whole latent cells away', () => {
  const options = { tilePx: 512, periodPx: 128 };
  expect(controlLines({ columns: [448], rows: [512] }, options)).toEqual({ columns: [192], rows: [256] });
});

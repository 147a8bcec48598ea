import { describe, expect, it } from 'vitest';
import { addWeighted } from '../../../src/runtime/weightedSum';

describe('addWeighted', () => {
  it('adds weighted values element by element', () => {
    const sum = addWeighted([
      { values: Float32Array.of(1, 2), weight: 0.5 },
      { values: Float32Array.of(10, 20), weight: 2 },
    ]);
    expect(Array.from(sum)).toEqual([20.5, 41]);
  });
});

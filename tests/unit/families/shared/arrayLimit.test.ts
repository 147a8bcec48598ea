import { describe, expect, test } from 'vitest';
import { refuseLargeArrays } from '../../../../src/families/shared/arrayLimit';

/** A file of which only the size is looked at. */
function fileOf(sizeBytes: number) {
  return { location: 'model.onnx_data', file: Object.defineProperty(new Blob(), 'size', { value: sizeBytes }) };
}

describe('a file of weights that is read in one piece', () => {
  test('may have what one array holds: all of the catalog do', () => {
    expect(() => refuseLargeArrays([fileOf(2_036_236_288)], { canStream: false })).not.toThrow();
  });

  test('is refused by name where it is larger', () => {
    expect(() => refuseLargeArrays([fileOf(10), fileOf(2.1e9)], { canStream: false })).toThrowError(
      expect.objectContaining({ code: 'out_of_memory', message: expect.stringContaining('model.onnx_data (2.1 GB)') }),
    );
  });

  test('may have any size where the browser streams it', () => {
    expect(() => refuseLargeArrays([fileOf(5e9)], { canStream: true })).not.toThrow();
  });
});

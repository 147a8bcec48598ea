import { describe, expect, it } from 'vitest';
import type { ReferencePicture } from '../../../src/api/deps';
import { checkMask } from '../../../src/api/mask';

function picture(widthPx: number, heightPx: number, alpha: number): ReferencePicture {
  const rgba = new Uint8ClampedArray(4 * widthPx * heightPx).fill(255);
  rgba[3] = alpha;
  return { widthPx, heightPx, rgba };
}

describe('a mask', () => {
  it('fits a picture of its size when some of it is transparent', () => {
    expect(() => checkMask(picture(4, 3, 0), picture(4, 3, 255))).not.toThrow();
  });

  it.each([
    ['has another size', picture(3, 4, 0), picture(4, 3, 255), '3 x 4, the image 4 x 3 pixels'],
    ['is opaque', picture(4, 3, 255), picture(4, 3, 255), 'no transparent pixels'],
    ['has no picture', picture(4, 3, 0), undefined, 'needs an image'],
  ])('is refused when it %s', (_what, mask, image, words) => {
    const problem = { code: 'invalid_parameter', param: 'mask', message: expect.stringContaining(words) };
    expect(() => checkMask(mask, image)).toThrow(expect.objectContaining(problem));
  });
});

import { describe, expect, it } from 'vitest';
import { checkSupport } from '../../../src/api/support';
import { pocket } from '../../../src/models/pocket';

const request = { model: 'pocket', prompt: 'a red apple' };

describe('checkSupport', () => {
  it('fills in the first ratio, the first resolution and the default steps', () => {
    expect(checkSupport(request, pocket)).toEqual({ aspectRatio: '1:1', resolution: '1K', steps: 4 });
  });

  it('keeps what is asked for', () => {
    const asked = { ...request, aspect_ratio: '21:9', resolution: '1K', steps: 8 } as const;
    expect(checkSupport(asked, pocket)).toEqual({ aspectRatio: '21:9', resolution: '1K', steps: 8 });
  });

  it.each([
    [{ images: Array.from({ length: 11 }, () => ({ url: 'https://example.com/a.png' })) }, 'images'],
    [{ steps: 9 }, 'steps'],
  ])('refuses %j naming %s', (fields, param) => {
    expect(() => checkSupport({ ...request, ...fields }, pocket)).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', param }),
    );
  });

  it('refuses a resolution that a model does not reach', () => {
    const small = { ...pocket, resolutions: ['1K'] as const };
    expect(() => checkSupport({ ...request, resolution: '4K' }, small)).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', param: 'resolution' }),
    );
  });

  it('refuses a ratio that a model does not draw', () => {
    const square = { ...pocket, aspectRatios: ['1:1'] as const };
    expect(() => checkSupport({ ...request, aspect_ratio: '16:9' }, square)).toThrowError(/aspect ratio '16:9'/);
  });
});

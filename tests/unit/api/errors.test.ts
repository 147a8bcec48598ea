import { describe, expect, it } from 'vitest';
import { ApiError, fromPlainError, toPlainError } from '../../../src/api/errors';

describe('ApiError', () => {
  it('crosses a boundary as plain data and comes back whole', () => {
    const error = new ApiError('invalid_parameter', "Unsupported resolution '8K'.", 'resolution');
    const back = fromPlainError(structuredClone(toPlainError(error)));
    expect(back).toMatchObject({ code: error.code, message: error.message, param: error.param, status: 400 });
  });

  it('names an aborted request as cancelled', () => {
    expect(toPlainError(new DOMException('stop', 'AbortError')).code).toBe('cancelled');
  });

  it.each([new Error('boom'), 'boom'])('keeps the message of an unknown error', (thrown) => {
    expect(toPlainError(thrown)).toEqual({ code: 'server_error', message: 'boom', param: null });
  });
});

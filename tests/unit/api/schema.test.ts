import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { MAX_PROMPT_CODE_POINTS, parseGenerateRequest } from '../../../src/api/schema';

const valid = { model: 'pocket', prompt: 'a red apple' };

/** The error a request is refused with; fails when it is accepted. */
function refusal(input: unknown): ApiError {
  try {
    parseGenerateRequest(input);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('The request was accepted.');
}

describe('parseGenerateRequest', () => {
  it('accepts the smallest request and ignores unknown fields', () => {
    expect(parseGenerateRequest({ ...valid, colour_of_the_sky: 'blue' })).toEqual(valid);
  });

  it.each([
    [{}, 'parameter_missing', 'model'],
    [{ model: 'pocket' }, 'parameter_missing', 'prompt'],
    [{ ...valid, prompt: '' }, 'parameter_missing', 'prompt'],
    [{ ...valid, prompt: ' \n\t ' }, 'parameter_missing', 'prompt'],
    [{ ...valid, prompt: 7 }, 'invalid_parameter', 'prompt'],
    [{ ...valid, aspect_ratio: '5:1' }, 'invalid_parameter', 'aspect_ratio'],
    [{ ...valid, resolution: '8K' }, 'invalid_parameter', 'resolution'],
    [{ ...valid, output_format: 'gif' }, 'invalid_parameter', 'output_format'],
    [{ ...valid, seed: -1 }, 'invalid_parameter', 'seed'],
    [{ ...valid, seed: 1.5 }, 'invalid_parameter', 'seed'],
    [{ ...valid, seed: 2 ** 32 }, 'invalid_parameter', 'seed'],
    [{ ...valid, steps: 0 }, 'invalid_parameter', 'steps'],
    [{ ...valid, steps: Number.NaN }, 'invalid_parameter', 'steps'],
    [{ ...valid, images: [{}] }, 'parameter_missing', 'images.0.url'],
  ])('refuses %j with %s on %s', (input, code, param) => {
    expect(refusal(input)).toMatchObject({ code, param, status: 400 });
  });

  it.each([null, undefined, [], 'prompt', 7])('refuses %j as a body', (input) => {
    expect(refusal(input).status).toBe(400);
  });

  it('counts the prompt in code points, not in UTF-16 units', () => {
    const prompt = '🌵'.repeat(MAX_PROMPT_CODE_POINTS);
    expect(parseGenerateRequest({ ...valid, prompt }).prompt).toBe(prompt);
    expect(refusal({ ...valid, prompt: `${prompt}x` })).toMatchObject({ code: 'invalid_parameter', param: 'prompt' });
  });

  it('normalises a prompt: composed, no control characters, no lone surrogates', () => {
    const prompt = parseGenerateRequest({ ...valid, prompt: ' cafe\u0301\u0000bar \ud800 ' }).prompt;
    expect(prompt).toBe('caf\u00e9 bar \ufffd');
  });

  it('is total: any JSON gives a request or an ApiError', () => {
    const value = fc.oneof(
      fc.json().map((json) => JSON.parse(json)),
      nearlyValid(),
    );
    fc.assert(
      fc.property(value, (input) => {
        try {
          expect(typeof parseGenerateRequest(input).prompt).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function nearlyValid() {
  const anything = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined));
  const fields = [
    'model',
    'prompt',
    'aspect_ratio',
    'resolution',
    'output_format',
    'images',
    'seed',
    'steps',
    '__proto__',
  ];
  return fc.tuple(fc.constantFrom(...fields), anything).map(([field, value]) => ({ ...valid, [field]: value }));
}

/** The shipped example of an owner's policy: a list of words. Tessera itself judges nothing. */
import type { PolicyHook } from './deps';
import { ApiError } from './errors';

/**
 * Refuses prompts that hold one of the words, whole and in any case.
 *
 * @example createApi({ ...deps, policy: wordListPolicy(['secret']) }, options)
 */
export function wordListPolicy(words: readonly string[]): PolicyHook {
  const listed = new Set(words.map((word) => word.toLowerCase()));
  return ({ prompt }) => {
    const found =
      prompt
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu)
        ?.some((word) => listed.has(word)) ?? false;
    if (!found) return null;
    return new ApiError('content_policy_violation', 'The owner of this page does not allow this prompt.', 'prompt');
  };
}

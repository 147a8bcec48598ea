/** Words of a prompt that the model has never seen, and those it knows that they may stand for. */
import { distance } from 'fastest-levenshtein';
import { COMMON_WORDS } from './commonWords';
import { singulars, type WordBook } from './wordBook';

export interface UnknownWord {
  /** As it was written. */
  readonly text: string;
  /** Where it stands in the prompt. */
  readonly start: number;
  readonly end: number;
  /** The closest first; empty where none is close. */
  readonly nearest: readonly string[];
}

/** What no model reads is not looked at: a pasted book must not slow down typing. */
const MOST_CHARACTERS = 2000;
const MOST_WORDS_TOLD = 3;
const MOST_NEAREST = 2;

/**
 * A last word that a known one begins with counts as unfinished: it is offered to be completed.
 *
 * @param typingAt where the caret is while somebody types: the word there is not finished; null when nobody does
 */
export function unknownWords(prompt: string, book: WordBook, typingAt: number | null): readonly UnknownWord[] {
  const words = wordsOf(prompt.slice(0, MOST_CHARACTERS));
  const unknown = new Map<string, Word>();
  for (let at = 0; at < words.length && unknown.size < MOST_WORDS_TOLD; ) {
    const length = knownLength(words, at, book);
    const word = words[at];
    const isAtEnd = word?.end === prompt.length;
    if (word && length === 0 && !isTyped(word, typingAt) && !(isAtEnd && book.begins(word.lower)))
      unknown.set(word.lower, unknown.get(word.lower) ?? word);
    at += Math.max(1, length);
  }
  return [...unknown.values()].map(({ lower, ...word }) => ({ ...word, nearest: nearestTo(lower, book.names) }));
}

/** @example unknownSentence([{ text: 'zeppelin', … }]) // 'Pocket does not know “zeppelin”. It may draw something else.' */
export function unknownSentence(words: readonly UnknownWord[]): string {
  if (words.length === 0) return '';
  const quoted = words.map(({ text }) => `“${text}”`);
  return `Pocket does not know ${LIST.format(quoted)}. It may draw something else.`;
}

const LIST = new Intl.ListFormat('en', { type: 'disjunction' });

interface Word {
  readonly text: string;
  readonly lower: string;
  readonly start: number;
  readonly end: number;
}

function wordsOf(prompt: string): Word[] {
  return [...prompt.matchAll(/[\p{L}\p{N}]+(?:[-'’][\p{L}\p{N}]+)*/gu)].map(({ 0: text, index }) => ({
    text,
    lower: text.toLowerCase().replace(/['’]s$/, ''),
    start: index,
    end: index + text.length,
  }));
}

/** How many words from here are one known phrase; 0 where not even the first is known. */
function knownLength(words: readonly Word[], at: number, book: WordBook): number {
  for (let length = Math.min(book.longest, words.length - at); length > 1; length--) {
    const phrase = words.slice(at, at + length).map(({ lower }) => lower);
    if (book.has(phrase.join(' '))) return length;
  }
  const { lower = '' } = words[at] ?? {};
  return isKnown(lower, book) || lower.split('-').every((part) => isKnown(part, book)) ? 1 : 0;
}

function isKnown(word: string, book: WordBook): boolean {
  return COMMON_WORDS.has(word) || /^\p{N}+$/u.test(word) || book.has(word);
}

function isTyped({ start, end }: Word, typingAt: number | null): boolean {
  return typingAt !== null && typingAt > start && typingAt <= end;
}

function nearestTo(word: string, names: readonly string[]): string[] {
  const most = word.length < 4 ? 0 : word.length < 6 ? 1 : 2;
  const forms = singulars(word);
  const close = names.flatMap((name) => {
    if (Math.abs(name.length - word.length) > most + 1) return [];
    const far = Math.min(...forms.map((form) => distance(form, name.toLowerCase())));
    return far <= most ? [{ name, far }] : [];
  });
  const sorted = close.sort((a, b) => a.far - b.far).map(({ name }) => name);
  return [...new Set(sorted)].slice(0, MOST_NEAREST);
}

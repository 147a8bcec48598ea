/** Words the model knows, offered where they fit: completing the one being typed, or naming what is still open. */
import type { Vocabulary } from './vocabulary';

export interface Suggestion {
  readonly label: string;
  /** The whole prompt once the suggestion is taken. */
  readonly prompt: string;
}

const MAX_SUGGESTIONS = 5;
const EXAMPLES_SEED = 7;
/** Far beyond what the model reads; a pasted book must not slow down typing. */
const MAX_PROMPT_LENGTH = 500;
/** One letter may be an article. */
const MIN_TYPED = 2;
/** No word of the vocabulary is longer than this many words. */
const MAX_PHRASE_WORDS = 3;

export function suggest(prompt: string, vocabulary: Vocabulary): readonly Suggestion[] {
  if (prompt.trim() === '') return examples(vocabulary);
  if (prompt.length > MAX_PROMPT_LENGTH) return [];
  const completions = completeWord(prompt, vocabulary);
  return (completions.length > 0 ? completions : openQuestions(prompt, vocabulary)).slice(0, MAX_SUGGESTIONS);
}

/** A prompt made of words of the vocabulary; `random` gives numbers in [0, 1). */
export function randomPrompt(vocabulary: Vocabulary, random: () => number): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? '';
  const thing = `${pick(vocabulary.colours)} ${pick(vocabulary.concepts)}`;
  return `${withArticle(thing)} on ${withArticle(`${pick(vocabulary.backgrounds)} background`)}`;
}

/** Whole prompts, the same on every visit, spread over the short words of the vocabulary. */
function examples(vocabulary: Vocabulary): Suggestion[] {
  const short = {
    ...vocabulary,
    concepts: vocabulary.concepts.filter((word) => /^\w{3,8}$/.test(word) && !isPlural(word)),
    backgrounds: vocabulary.backgrounds.filter((word) => /^\w+$/.test(word)),
  };
  // The multiplicative congruential generator of Park and Miller, enough for a stable variety.
  let state = EXAMPLES_SEED;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const prompts = Array.from({ length: 2 }, () => randomPrompt(short, next));
  return prompts.map((text) => ({ label: text, prompt: text }));
}

function completeWord(prompt: string, vocabulary: Vocabulary): Suggestion[] {
  if (/\s$/.test(prompt)) return [];
  const words = prompt.split(/\s+/);
  for (let count = Math.min(MAX_PHRASE_WORDS, words.length); count > 0; count--) {
    const typed = words.slice(-count).join(' ');
    const before = prompt.slice(0, prompt.length - typed.length);
    const found = typed.length < MIN_TYPED ? [] : startingWith(typed.toLowerCase(), wordsAfter(before, vocabulary));
    if (found.length > 0) return found.map((word) => ({ label: word, prompt: `${fixArticle(before, word)} ` }));
  }
  return [];
}

function startingWith(typed: string, words: readonly string[]): string[] {
  return [...new Set(words)].filter((word) => word.startsWith(typed) && word !== typed);
}

function wordsAfter(before: string, { concepts, colours, styles, backgrounds }: Vocabulary): string[] {
  const isPlace = /\bon (?:an? )?$/i.test(before);
  return isPlace ? backgrounds.map((word) => `${word} background`) : [...concepts, ...colours, ...styles];
}

/** What a finished prompt usually says and this one does not yet: a thing, its colour, a background, a style. */
function openQuestions(prompt: string, vocabulary: Vocabulary): Suggestion[] {
  const text = prompt.trimEnd();
  const { concepts, colours, styles, backgrounds } = vocabulary;
  const concept = longestNamed(text, concepts);
  if (concept === null) return concepts.filter((word) => !isPlural(word)).map((word) => ending(text, word));
  const thing = text.replace(/\bon an? .*$/i, '');
  return interleave([
    longestNamed(thing, colours) ? [] : colours.map((word) => before(text, concept, word)),
    /\bbackground\b/i.test(text) ? [] : backgrounds.map((word) => onBackground(text, word)),
    longestNamed(text, styles) ? [] : styles.map((word) => ({ label: word, prompt: `${text}, ${word}` })),
  ]);
}

function ending(text: string, word: string): Suggestion {
  return { label: word, prompt: `${fixArticle(`${text} `, word)} ` };
}

function before(text: string, concept: string, word: string): Suggestion {
  const at = text.toLowerCase().lastIndexOf(concept);
  return { label: word, prompt: `${fixArticle(text.slice(0, at), word)} ${text.slice(at)}` };
}

function onBackground(text: string, word: string): Suggestion {
  const phrase = `on ${withArticle(`${word} background`)}`;
  return { label: phrase, prompt: `${text} ${phrase}` };
}

function longestNamed(text: string, words: readonly string[]): string | null {
  const padded = ` ${text.toLowerCase().replace(/[^\p{L}\p{N}-]+/gu, ' ')} `;
  const named = words.filter((word) => padded.includes(` ${word} `));
  return named.sort((a, b) => b.length - a.length)[0] ?? null;
}

/** One of each list in turn, so that a short row shows every kind. */
function interleave(lists: readonly Suggestion[][]): Suggestion[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}

/** Appends a word and makes an article right before it agree: "an " + "red" becomes "a red". */
function fixArticle(before: string, word: string): string {
  const agree = (article: string) => (article.startsWith('A') ? capitalised(articleOf(word)) : articleOf(word));
  return before.replace(/\b(?:a|an)(?= +$)/i, agree) + word;
}

function withArticle(phrase: string): string {
  return isPlural(phrase) ? phrase : `${articleOf(phrase)} ${phrase}`;
}

function articleOf(word: string): 'a' | 'an' {
  return /^[aeiou]/i.test(word) ? 'an' : 'a';
}

/** "grapes" and "scissors", but not "cactus" or "dress". */
function isPlural(phrase: string): boolean {
  return /[^su]s$/.test(phrase);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Words the model knows, offered where they fit: completing the one being typed, or naming what is still open. */
import { completeEdit, editIdeas } from './editSuggestions';
import { fixArticle, interleave, isPlural, placed, withArticle } from './phrases';
import type { Vocabulary } from './vocabulary';
import { PERSON_WORDS } from './words/commonWords';
import type { UnknownWord } from './words/unknownWords';

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

/** @param pictures how many are given: then there is something to change, or to combine */
export function suggest(prompt: string, vocabulary: Vocabulary, pictures = 0): readonly Suggestion[] {
  if (prompt.trim() === '') return pictures > 0 ? whole(editIdeas(vocabulary, pictures)) : examples(vocabulary);
  if (prompt.length > MAX_PROMPT_LENGTH) return [];
  const edits = pictures > 0 ? whole(completeEdit(prompt, vocabulary, pictures)) : [];
  if (edits.length > 0) return edits;
  const completions = completeWord(prompt, vocabulary);
  if (completions.length > 0 || pictures > 0) return completions.slice(0, MAX_SUGGESTIONS);
  return openQuestions(prompt, vocabulary).slice(0, MAX_SUGGESTIONS);
}

/** The prompt with words the model knows in place of those it does not. */
export function corrections(prompt: string, unknown: readonly UnknownWord[]): readonly Suggestion[] {
  return unknown.flatMap(({ text, start, end, nearest }) =>
    nearest.map((word) => ({
      label: `${word} instead of “${text}”`,
      prompt: `${fixArticle(prompt.slice(0, start), word)}${prompt.slice(end)}`,
    })),
  );
}

function whole(prompts: readonly string[]): Suggestion[] {
  return prompts.slice(0, MAX_SUGGESTIONS).map((prompt) => ({ label: prompt.trim(), prompt }));
}

/** A prompt made of words of the vocabulary; `random` gives numbers in [0, 1). */
function randomPrompt(vocabulary: Vocabulary, random: () => number): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? '';
  const thing = `${pick(vocabulary.colours)} ${pick(vocabulary.concepts)}`;
  return `${withArticle(thing)} on ${withArticle(`${pick(vocabulary.backgrounds)} background`)}`;
}

/** Any of the things that can be said: about pictures, where there are some. */
export function surprise(vocabulary: Vocabulary, pictures: number, random: () => number): string {
  const ideas = pictures > 0 ? editIdeas(vocabulary, pictures) : [];
  return ideas[Math.floor(random() * ideas.length)] ?? randomPrompt(vocabulary, random);
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

function wordsAfter(before: string, vocabulary: Vocabulary): string[] {
  const { concepts, colours, styles, backgrounds, sizes, lighting, people, synonyms } = vocabulary;
  if (/\bon (?:an? )?$/i.test(before)) return backgrounds.map((word) => `${word} background`);
  return [...concepts, ...colours, ...styles, ...sizes, ...lighting, ...people, ...Object.keys(synonyms)];
}

/** What a finished prompt usually says and this one does not yet: a thing, its colour, a background, a style. */
function openQuestions(prompt: string, vocabulary: Vocabulary): Suggestion[] {
  const text = prompt.trimEnd();
  const { concepts, colours, styles, backgrounds, placements, lighting, synonyms } = vocabulary;
  const concept = longestNamed(text, [...concepts, ...Object.keys(synonyms)]);
  // Of people, attributes are completed as they are typed.
  if (concept === null && longestNamed(text, PERSON_WORDS)) return [];
  if (concept === null) return concepts.filter((word) => !isPlural(word)).map((word) => ending(text, word));
  const thing = text.replace(/\bon an? .*$/i, '');
  return interleave([
    longestNamed(thing, colours) ? [] : colours.map((word) => before(text, concept, word)),
    /\bbackground\b/i.test(text) ? [] : backgrounds.map((word) => onBackground(text, word)),
    longestNamed(text, styles) ? [] : styles.map((word) => ({ label: word, prompt: `${text}, ${word}` })),
    longestNamed(text, placements) ? [] : placements.map((word) => adding(text, placed(word))),
    longestNamed(text, lighting) ? [] : lighting.map((word) => ({ label: word, prompt: `${text}, ${word}` })),
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
  return adding(text, `on ${withArticle(`${word} background`)}`);
}

function adding(text: string, phrase: string): Suggestion {
  return { label: phrase, prompt: `${text} ${phrase}` };
}

function longestNamed(text: string, words: readonly string[]): string | null {
  const padded = ` ${text.toLowerCase().replace(/[^\p{L}\p{N}-]+/gu, ' ')} `;
  const named = words.filter((word) => padded.includes(` ${word} `));
  return named.sort((a, b) => b.length - a.length)[0] ?? null;
}

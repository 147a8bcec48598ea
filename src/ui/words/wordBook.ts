/** The words of a vocabulary, to be looked up: in singular or plural, of one word or several. */
import type { Vocabulary } from '../vocabulary';

export interface WordBook {
  /** As a user may write it: "cherries", "palm trees". */
  has(phrase: string): boolean;
  /** Whether it may become one of the words by typing on. */
  begins(typed: string): boolean;
  /** No phrase has more words. */
  readonly longest: number;
  /** What may have been meant by a word that is not in here. */
  readonly names: readonly string[];
}

export function createWordBook(vocabulary: Vocabulary): WordBook {
  const { concepts, colours, styles, backgrounds, sizes, placements, lighting, people, synonyms } = vocabulary;
  const names = [...concepts, ...Object.keys(synonyms), ...colours, ...styles, ...lighting, ...people];
  // Of what describes rather than names, each word means something alone: "top" of "top left", "gradient", "3d".
  const parts = [styles, backgrounds, sizes, placements, lighting, people]
    .flat()
    .flatMap((phrase) => phrase.split(' '));
  const phrases = [...names, ...backgrounds, ...sizes, ...placements, ...parts].map((phrase) => phrase.toLowerCase());
  const known = new Set(phrases.flatMap((phrase) => [phrase, phrase.replaceAll('-', ' ')]).flatMap(singulars));
  return {
    has: (phrase) => singulars(phrase).some((form) => known.has(form)),
    begins: (typed) => names.some((name) => name.toLowerCase().startsWith(typed)),
    longest: Math.max(1, ...[...known].map((phrase) => phrase.split(' ').length)),
    names,
  };
}

/** A phrase and what may be its singular. Too many rather than too few: they are only compared. */
export function singulars(phrase: string): string[] {
  const forms = [phrase];
  for (const [ending, singular] of ENDINGS) if (ending.test(phrase)) forms.push(phrase.replace(ending, singular));
  return forms;
}

const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/(?<=[^s])s$/, ''],
  [/(?<=s|x|z|ch|sh|o)es$/, ''],
  [/ies$/, 'y'],
  [/ves$/, 'f'],
  [/ves$/, 'fe'],
  [/men$/, 'man'],
  [/people$/, 'person'],
  [/children$/, 'child'],
  [/mice$/, 'mouse'],
  [/geese$/, 'goose'],
  [/feet$/, 'foot'],
  [/teeth$/, 'tooth'],
];

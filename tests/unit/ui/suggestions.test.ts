import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corrections, suggest, surprise } from '../../../src/ui/suggestions';
import { vocabularyOf } from './vocabularies';

const vocabulary = vocabularyOf({
  concepts: ['apple', 'dog', 'grapes', 'alarm clock', 'octopus', 'star'],
  colours: ['red', 'orange', 'blue'],
  styles: ['flat', 'cartoon'],
  backgrounds: ['blue', 'orange', 'blue gradient'],
});
const prompts = (prompt: string) => suggest(prompt, vocabulary).map((suggestion) => suggestion.prompt);

describe('an empty prompt', () => {
  it('gets whole examples, the same each time', () => {
    expect(prompts('')).toHaveLength(2);
    expect(prompts('  ')).toEqual(prompts(''));
    for (const prompt of prompts('')) expect(prompt).toMatch(/^an? \w+ \w+ on an? \w+ background$/);
  });
});

describe('a word being typed', () => {
  it.each([
    ['a re', 'a red '],
    ['a red AP', 'a red apple '],
    ['a red alarm c', 'a red alarm clock '],
    ['a or', 'an orange '],
    ['An bl', 'A blue '],
    ['a dog on a bl', 'a dog on a blue background '],
  ])('%s is completed to %s', (prompt, completed) => {
    expect(prompts(prompt)).toContain(completed);
  });

  it('is a background after "on a", and none elsewhere', () => {
    expect(prompts('a dog on a bl')).toEqual(['a dog on a blue background ', 'a dog on a blue gradient background ']);
    expect(prompts('a bl')).toEqual(['a blue ']);
  });
});

describe('a prompt that leaves something open', () => {
  it('is asked for its thing first', () => {
    expect(prompts('a ')).toContain('an apple ');
    expect(prompts('a ')).toContain('an octopus ');
    expect(prompts('a ')).not.toContain('a grapes ');
  });

  it('is asked for colour, background and style in turn', () => {
    expect(prompts('an apple').slice(0, 3)).toEqual(['a red apple', 'an apple on a blue background', 'an apple, flat']);
  });

  it('is not asked twice', () => {
    expect(prompts('a red apple on a blue background')).toEqual([
      'a red apple on a blue background, flat',
      'a red apple on a blue background, cartoon',
    ]);
    expect(prompts('a red flat apple on an orange background')).toEqual([]);
  });

  it('takes the colour of a background for no colour of the thing', () => {
    expect(prompts('a dog on a blue background')).toContain('a red dog on a blue background');
  });
});

describe('a model that knows more kinds of words', () => {
  const rich = vocabularyOf({
    ...vocabulary,
    sizes: ['small'],
    placements: ['top left', 'on the right'],
    lighting: ['studio light'],
    people: ['curly hair'],
    synonyms: { puppy: 'dog' },
  });
  const richPrompts = (prompt: string) => suggest(prompt, rich).map((suggestion) => suggestion.prompt);

  it('completes them', () => {
    expect(richPrompts('a sm')).toEqual(['a small ']);
    expect(richPrompts('a woman with cur')).toEqual(['a woman with curly hair ']);
    expect(richPrompts('a pup')).toEqual(['a puppy ']);
    expect(richPrompts('a dog, stu')).toEqual(['a dog, studio light ']);
  });

  it('asks for one of each kind', () => {
    expect(richPrompts('a puppy')).toEqual([
      'a red puppy',
      'a puppy on a blue background',
      'a puppy, flat',
      'a puppy at the top left',
      'a puppy, studio light',
    ]);
  });
});

describe('a word that is not known', () => {
  it('is put right where it stands, with its article', () => {
    const unknown = [{ text: 'aplpe', start: 2, end: 7, nearest: ['apple', 'octopus'] }];
    expect(corrections('a aplpe on a blue background', unknown)).toEqual([
      { label: 'apple instead of “aplpe”', prompt: 'an apple on a blue background' },
      { label: 'octopus instead of “aplpe”', prompt: 'an octopus on a blue background' },
    ]);
  });
});

describe('any prompt', () => {
  it('keeps its words: a suggestion only adds to them', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'dog', 'red', 'on', 'bl', 'zzz', 'apple')), (words) => {
        const prompt = words.join(' ');
        for (const suggested of prompts(prompt)) expect(suggested.length).toBeGreaterThan(prompt.trim().length);
        expect(prompts(prompt).length).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('may be anything', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (prompt) => void prompts(prompt)));
  });
});

it('a surprise is made of known words, with articles that agree', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (numbers) => {
      const prompt = surprise(vocabulary, 0, () => numbers.next().value);
      expect(prompt).not.toMatch(/\ba [aeiou]|\ban [^aeiou]|undefined|\ban? .*grapes/);
    }),
  );
});

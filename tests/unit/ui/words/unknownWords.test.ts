import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseVocabulary } from '../../../../src/ui/vocabulary';
import { unknownSentence, unknownWords } from '../../../../src/ui/words/unknownWords';
import { createWordBook } from '../../../../src/ui/words/wordBook';
import { vocabularyOf } from '../vocabularies';

const book = createWordBook(
  vocabularyOf({
    concepts: ['apple', 'cherries', 'palm tree', 't-shirt', 'wolf', 'bus', 'cup of coffee', 'snowman', 'giraffe'],
    colours: ['red', 'blue'],
    styles: ['3d render', 'flat', 'pixel art'],
    backgrounds: ['blue gradient'],
    placements: ['top left'],
    lighting: ['studio light'],
    synonyms: { puppy: 'dog', 'teddy bear': 'bear' },
  }),
);
const unknown = (prompt: string, typingAt: number | null = null) =>
  unknownWords(prompt, book, typingAt).map(({ text }) => text);
const nearest = (prompt: string) => unknownWords(prompt, book, null).map((word) => word.nearest);

/** What captions say beside the names of vocabulary.json, in training/phrases.py and training/people.py. */
const SAID_IN_TRAINING = [
  'a tiny, little, big or huge cat',
  'line art, an outline drawing, a pencil sketch, a pencil drawing of a dog',
  'a product shot of a chair, studio lighting, rim lighting, a soft shadow',
  'a studio photo of a couch, an avatar portrait of a woman with glasses',
  'a person, a human, a man, a guy, a lady',
  'shave the head, dye the hair, a happy face',
];

describe('words that Pocket was taught', () => {
  const vocabulary = parseVocabulary(JSON.parse(readFileSync('public/models/pocket/vocabulary.json', 'utf8')));
  it.each(SAID_IN_TRAINING)('are known: %s', (prompt) => {
    expect(unknownWords(prompt, createWordBook(vocabulary ?? vocabularyOf({})), null)).toEqual([]);
  });
});

describe('words that the model does not know', () => {
  it.each([
    'a red apple on a blue gradient background',
    'two Apples, a cherry and three palm trees',
    'wolves and buses, puppies and snowmen',
    'a cup of coffee in the top left corner, studio light',
    'a t-shirt, a T shirt, flat style, 3d, pixel-art',
    'make it blue and turn the object of image 2 into a 3d render',
    "the wolf's apple, please",
    '2 teddy bears',
    '',
    '…!? 🍎',
  ])('are none in: %s', (prompt) => {
    expect(unknown(prompt)).toEqual([]);
  });

  it.each([
    ['a Zeppelin over a red apple', ['Zeppelin']],
    ['a palm and a teddy!', ['palm', 'teddy']],
    ['a zeppelin, a zeppelin and a blimp', ['zeppelin', 'blimp']],
    ['eine Äpfel', ['eine', 'Äpfel']],
    ['constructor __proto__', ['constructor', 'proto']],
  ])('are found in: %s', (prompt, expected) => {
    expect(unknown(prompt)).toEqual(expected);
  });

  it('are three at the most', () => {
    expect(unknown('qqqa qqqb qqqc qqqd')).toHaveLength(3);
  });

  it('are not told while they are typed', () => {
    const prompt = 'a zepp over a blimp';
    expect(unknown(prompt, prompt.length)).toEqual(['zepp']);
    expect(unknown(prompt, 'a zepp'.length)).toEqual(['blimp']);
    expect(unknown(`${prompt} `, prompt.length + 1)).toEqual(['zepp', 'blimp']);
  });

  it('are not told where they begin a word that is known, until more follows', () => {
    expect(unknown('a red app')).toEqual([]);
    expect(unknown('a red app ')).toEqual(['app']);
  });

  it('come with where they stand', () => {
    const prompt = 'a red aplle';
    const [word] = unknownWords(prompt, book, null);
    expect(prompt.slice(word?.start, word?.end)).toBe('aplle');
  });

  it('come with the words they are close to, and with none that are far', () => {
    expect(nearest('an aplle, girafes')).toEqual([['apple'], ['giraffe']]);
    expect(nearest('a zeppelin and a gnu')).toEqual([[], []]);
  });

  it('may be anything', () => {
    const prompts = fc.string({ unit: 'grapheme', maxLength: 200 });
    fc.assert(fc.property(prompts, (prompt) => void unknownWords(prompt, book, null)));
  });

  it('of a whole book are looked for at its beginning', () => {
    expect(unknown(`${'red apple '.repeat(100_000)} zeppelin`)).toEqual([]);
  });
});

it('the sentence names them', () => {
  const word = (text: string) => ({ text, start: 0, end: 1, nearest: [] });
  expect(unknownSentence([])).toBe('');
  expect(unknownSentence([word('zeppelin')])).toBe('Pocket does not know “zeppelin”. It may draw something else.');
  expect(unknownSentence([word('a'), word('b'), word('c')])).toContain('“a”, “b”, or “c”.');
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggest, surprise } from '../../../src/ui/suggestions';
import { vocabularyOf } from './vocabularies';

const vocabulary = vocabularyOf({
  concepts: ['apple', 'dog', 'grapes'],
  colours: ['red', 'blue'],
  styles: ['flat', 'pixel art', 'sketch'],
  backgrounds: ['orange'],
  sizes: ['small', 'large'],
  placements: ['left'],
});
const prompts = (prompt: string, pictures: number) =>
  suggest(prompt, vocabulary, pictures).map((suggestion) => suggestion.prompt);

describe('with one picture', () => {
  it('an empty prompt gets one change of each kind', () => {
    expect(prompts('', 1)).toEqual([
      'make it red',
      'turn it into flat style',
      'put it on an orange background',
      'add an apple',
      'make it smaller',
    ]);
  });

  it.each([
    ['ma', ['make it red', 'make it smaller', 'make it blue', 'make it larger']],
    ['Make it b', ['make it blue']],
    ['turn it', ['turn it into flat style', 'turn it into pixel art', 'turn it into a sketch']],
    ['move', ['move it to the left']],
    ['add a d', ['add a dog']],
    ['remove the g', ['remove the grapes']],
    ['a dog in', ['a dog in the style of image 1']],
    ['a red dog in the style of ', ['a red dog in the style of image 1']],
  ])('%s goes on as a change', (prompt, expected) => {
    expect(prompts(prompt, 1)).toEqual(expected);
  });

  it('words are still completed, and nothing is asked for that belongs to a new picture', () => {
    expect(prompts('recolour the gra', 1)).toEqual(['recolour the grapes ']);
    expect(prompts('make it blue ', 1)).toEqual([]);
  });
});

it('a surprise is about the pictures, where there are some', () => {
  expect(surprise(vocabulary, 1, () => 0)).toBe('make it red');
  expect(surprise(vocabulary, 3, () => 0)).toContain('on the background of image 3');
});

describe('with several pictures', () => {
  it('an empty prompt gets combinations first, of as many as there are', () => {
    expect(prompts('', 2).slice(0, 2)).toEqual([
      'the object of image 1 in the style of image 2',
      'the object of image 1 on the background of image 2',
    ]);
    expect(prompts('', 3)[0]).toBe('the object of image 1 in the style of image 2 on the background of image 3');
  });

  it('a number is asked for by the numbers there are', () => {
    expect(prompts('the object of im', 3)).toEqual([
      'the object of image 1',
      'the object of image 2',
      'the object of image 3',
    ]);
    expect(prompts('a dog in the style of image ', 2)).toEqual([
      'a dog in the style of image 1',
      'a dog in the style of image 2',
    ]);
  });

  it('a combination goes on with the pictures that it does not name yet', () => {
    expect(prompts('the object of image 2 in the style of image 1', 3)).toEqual([
      'the object of image 2 in the style of image 1 on the background of image 3',
      'the object of image 2 in the style of image 1 in the colour of image 3',
    ]);
  });

  it('any prompt is only added to, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 10 }), (prompt, pictures) => {
        expect(prompts(prompt, pictures).length).toBeLessThanOrEqual(5);
      }),
    );
  });
});

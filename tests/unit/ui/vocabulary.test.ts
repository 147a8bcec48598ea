import { describe, expect, it } from 'vitest';
import { parseVocabulary } from '../../../src/ui/vocabulary';

const FIRST = { concepts: ['apple'], colours: ['red'], styles: ['flat'], backgrounds: ['blue'] };

describe('a vocabulary', () => {
  it('of an older model has no words of the newer kinds', () => {
    const none = { sizes: [], placements: [], lighting: [], people: [], synonyms: {} };
    expect(parseVocabulary(FIRST)).toEqual({ ...FIRST, ...none });
  });

  it('tells them where it has them, people by kind or in one list', () => {
    const synonyms = { 'red delicious': 'apple' };
    const people = { hair: ['curly hair'], clothes: ['hat'] };
    expect(parseVocabulary({ ...FIRST, lighting: ['rim light'], synonyms, people })).toMatchObject({
      lighting: ['rim light'],
      synonyms,
      people: ['curly hair', 'hat'],
    });
    expect(parseVocabulary({ ...FIRST, people: ['hat'] })).toMatchObject({ people: ['hat'] });
  });

  it('is not lost with one list that cannot be read', () => {
    expect(parseVocabulary({ ...FIRST, sizes: 7, synonyms: ['x'] })).toMatchObject({ sizes: [], synonyms: {} });
    expect(parseVocabulary({ ...FIRST, concepts: 7 })).toBeNull();
    expect(parseVocabulary('<html>')).toBeNull();
  });
});

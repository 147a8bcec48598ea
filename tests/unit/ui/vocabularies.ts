/** Small vocabularies, read as the page reads them. */
import { parseVocabulary, type Vocabulary } from '../../../src/ui/vocabulary';

/** What the first models told, and whatever is added. */
export function vocabularyOf(words: Readonly<Record<string, unknown>>): Vocabulary {
  const vocabulary = parseVocabulary({ concepts: [], colours: [], styles: [], backgrounds: [], ...words });
  if (!vocabulary) throw new Error('That is no vocabulary.');
  return vocabulary;
}

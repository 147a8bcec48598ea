/** Keeps an eye on the prompt for words that the model does not know. Loaded with the vocabulary. */
import { computed, effect } from '@preact/signals';
import type { Studio } from '../studio';
import { unknownSentence, unknownWords } from './unknownWords';
import { createWordBook } from './wordBook';

export function watchWords(studio: Studio): void {
  const { store } = studio;
  const book = computed(() => store.vocabulary.value && createWordBook(store.vocabulary.value));
  const found = computed(() => {
    // Published models have read much more than a list could hold.
    if (!book.value || store.model.value.weights.type !== 'embedded') return [];
    return unknownWords(store.prompt.value, book.value, store.typingAt.value);
  });
  let told: readonly string[] = [];
  effect(() => {
    const words = found.value;
    const sentence = unknownSentence(words);
    store.unknown.value = { words, sentence };
    // Said once for each word, not at every key.
    const texts = words.map(({ text }) => text);
    if (texts.some((text) => !told.includes(text))) studio.announce(sentence);
    told = texts;
  });
}

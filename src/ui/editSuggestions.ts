/** What can be said about pictures that are given, in the words that Pocket has learned: changes, and combinations. */
import { interleave, isPlural, placed, styled, withArticle } from './phrases';
import type { Vocabulary } from './vocabulary';

/** No list is looked through further: a row shows five. */
const MOST_OF_A_KIND = 60;

/** Whole prompts for so many pictures, some of each kind; what to remove depends on what is there, which only the user sees. */
export function editIdeas(vocabulary: Vocabulary, pictures: number): string[] {
  const kinds = changes(vocabulary).map((kind) => kind.filter((idea) => !idea.startsWith('remove ')));
  return [...combinations(pictures), ...interleave(kinds)];
}

/** Prompts that go on where this one ends; none where it says something of its own. */
export function completeEdit(prompt: string, vocabulary: Vocabulary, pictures: number): string[] {
  const numbered = completeNumber(prompt, pictures);
  if (numbered.length > 0) return numbered;
  const typed = prompt.toLowerCase();
  const goesOn = (idea: string) => idea.startsWith(typed) && idea.length > prompt.trimEnd().length;
  const kinds = [...changes(vocabulary), ...drawnLike(vocabulary), combinations(pictures)];
  const ideas = interleave(kinds.map((kind) => kind.filter(goesOn)));
  return ideas.length > 0 ? ideas : goingOn(prompt, pictures);
}

/** Of the first picture. */
function changes(vocabulary: Vocabulary): string[][] {
  const { concepts, colours, styles, backgrounds, sizes, placements } = vocabulary;
  const things = concepts.filter((word) => !isPlural(word));
  const kinds = [
    colours.map((word) => `make it ${word}`),
    styles.map((word) => `turn it into ${styled(word)}`),
    backgrounds.map((word) => `put it on ${withArticle(`${word} background`)}`),
    things.map((word) => `add ${withArticle(word)}`),
    concepts.map((word) => `remove the ${word}`),
    sizes.length > 0 ? ['make it smaller', 'make it larger'] : [],
    placements.map((word) => `move it ${placed(word).replace(/^(?:on|at|in) /, 'to ')}`),
  ];
  return kinds.map((kind) => kind.slice(0, MOST_OF_A_KIND));
}

/** Something new that looks like the picture. */
function drawnLike({ concepts }: Vocabulary): string[][] {
  return [concepts.map((word) => `${withArticle(word)} in the style of image 1`)];
}

function combinations(pictures: number): string[] {
  if (pictures < 2) return [];
  const object = 'the object of image 1';
  const two = [
    `${object} in the style of image 2`,
    `${object} on the background of image 2`,
    `${object} in the colour of image 2`,
  ];
  return pictures < 3 ? two : [`${object} in the style of image 2 on the background of image 3`, ...two];
}

/** "… in the style of im" becomes "… image 2": what is behind "of" is the number of a picture. */
function completeNumber(prompt: string, pictures: number): string[] {
  const [, before = '', typed = ''] = /^(.*\bof )([^ ]*(?: \d*)?)$/i.exec(prompt) ?? [];
  if (before === '') return [];
  const names = Array.from({ length: pictures }, (_, index) => `image ${index + 1}`);
  return names.filter((name) => name.startsWith(typed.toLowerCase()) && name !== typed).map((name) => before + name);
}

/** What a combination does not say yet, from pictures that it does not name yet. */
function goingOn(prompt: string, pictures: number): string[] {
  const text = prompt.trimEnd();
  if (!/\b(?:object|subject|thing) of image \d+\b/i.test(text)) return [];
  const numbers = Array.from({ length: pictures }, (_, index) => index + 1);
  const [next] = numbers.filter((number) => !new RegExp(`\\bimage ${number}\\b`, 'i').test(text));
  if (next === undefined || !/\bimage \d+$/i.test(text)) return [];
  return (['in the style', 'on the background', 'in the colour'] as const)
    .filter((phrase) => !text.toLowerCase().includes(phrase))
    .map((phrase) => `${text} ${phrase} of image ${next}`);
}

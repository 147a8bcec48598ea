/** How words of the vocabulary are put into a sentence. */

/** One of each list in turn, so that a short row shows every kind. */
export function interleave<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}

/** Appends a word and makes an article right before it agree: "an " + "red" becomes "a red". */
export function fixArticle(before: string, word: string): string {
  const agree = (article: string) => (article.startsWith('A') ? capitalised(articleOf(word)) : articleOf(word));
  return before.replace(/\b(?:a|an)(?= +$)/i, agree) + word;
}

export function withArticle(phrase: string): string {
  return isPlural(phrase) ? phrase : `${articleOf(phrase)} ${phrase}`;
}

function articleOf(word: string): 'a' | 'an' {
  return /^[aeiou]/i.test(word) ? 'an' : 'a';
}

/** "grapes" and "scissors", but not "cactus" or "dress". */
export function isPlural(phrase: string): boolean {
  return /[^su]s$/.test(phrase);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @example styled('flat') // 'flat style' */
export function styled(style: string): string {
  if (/\bart$/.test(style)) return style;
  return /(?:icon|silhouette|sketch|drawing|render|outline|photo|avatar)$/.test(style)
    ? withArticle(style)
    : `${style} style`;
}

/** Vocabularies say "left", "top left", or "on the left". */
export function placed(placement: string): string {
  return /^(?:on|at|in) /.test(placement) ? placement : `at the ${placement}`;
}

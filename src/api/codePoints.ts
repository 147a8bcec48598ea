/**
 * Characters as people count them: an emoji outside the basic plane is one, not two.
 *
 * @example codePoints('🌵') // 1
 */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

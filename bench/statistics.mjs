/** The middle of some measurements, so that one disturbed run does not count. */

/**
 * @param {readonly number[]} values at least one
 */
export function median(values) {
  if (values.length === 0) throw new RangeError('The median of nothing is not defined.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = /** @type {number} */ (sorted[middle]);
  return sorted.length % 2 === 1 ? upper : (upper + /** @type {number} */ (sorted[middle - 1])) / 2;
}

/**
 * The median ratio of measurements taken in turns: pairs feel the same other load on the machine, medians of each do not.
 *
 * @param {readonly number[]} numerators
 * @param {readonly number[]} denominators of the same rounds
 */
export function pairedRatio(numerators, denominators) {
  return median(numerators.map((value, round) => value / /** @type {number} */ (denominators[round])));
}

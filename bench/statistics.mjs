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
 * The median of each field over several records of one shape.
 *
 * @template {string} Key
 * @param {readonly Record<Key, number>[]} records
 * @param {readonly Key[]} keys
 * @returns {Record<Key, number>}
 */
export function medians(records, keys) {
  const entries = keys.map((key) => [key, median(records.map((record) => record[key]))]);
  return /** @type {Record<Key, number>} */ (Object.fromEntries(entries));
}

/** What the commands have in common when they are called wrongly. Needs no package. */
import { parseArgs } from 'node:util';

/** Wrong use of a command: exit code 2 and this one line. */
export class UsageError extends Error {}

/**
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @param {string[]} argv
 * @param {Options} options
 */
export function parseOptions(argv, options) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: false }).values;
  } catch (error) {
    const [firstLine] = /** @type {Error} */ (error).message.split('\n');
    throw new UsageError(`${firstLine}`);
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {string[]} choices
 */
export function checkChoice(name, value, choices) {
  if (choices.includes(String(value))) return;
  throw new UsageError(`--${name} must be ${choices.join(', ')}: '${value}' is not.`);
}

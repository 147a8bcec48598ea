/** Calls into the page. Errors come back with their code, which they would lose on the way. */

/** `code` is one of src/api/errors.ts. */
class PageError extends Error {
  /** @param {PlainError} plain */
  constructor({ code, message }) {
    super(message);
    this.code = code;
  }
}

/**
 * @typedef {{ code: string, message: string }} PlainError
 *
 * @typedef {Window & {
 *   tessera: import('../../src/client/tessera').Tessera,
 *   reportProgress: (event: import('../../src/pipeline/progress').ProgressEvent) => void,
 *   reportDownload: (progress: import('../../src/client/library').LibraryProgress) => void,
 * }} TesseraWindow
 */

/**
 * @template Given, Value
 * @param {import('playwright-core').Page} page
 * @param {(given: Given) => Promise<Value>} work runs in the page: it sees nothing of this process but what it is given
 * @param {Given} given plain JSON
 * @returns {Promise<Value>}
 */
export async function inPage(page, work, given) {
  // As text: a function that is handed to Playwright could not be called by another one.
  const reply = await page.evaluate(`(${settled})(${work}, ${JSON.stringify(given)})`);
  const { value, error } = /** @type {{ value: Value, error?: PlainError }} */ (reply);
  if (error) throw new PageError(error);
  return value;
}

/**
 * Runs in the page.
 *
 * @param {(given: unknown) => Promise<unknown>} work
 * @param {unknown} given
 */
async function settled(work, given) {
  try {
    return { value: await work(given) };
  } catch (error) {
    const { code, message } = /** @type {Partial<PlainError>} */ (error);
    return { error: { code: code ?? 'server_error', message: message ?? String(error) } };
  }
}

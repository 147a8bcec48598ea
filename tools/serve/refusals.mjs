/** Answers of the server itself, in the envelope of the API (src/api/errors.ts knows the codes). */

/**
 * @param {number} status
 * @param {string} code
 * @param {{ message: string, headers?: Record<string, string> }} options
 */
export function refusal(status, code, { message, headers = {} }) {
  return new Response(envelope(code, message), { status, headers: { 'content-type': 'application/json', ...headers } });
}

/**
 * @param {string} code
 * @param {string} message
 */
export function envelope(code, message) {
  return JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } });
}

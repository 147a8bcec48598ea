/** The wire that pages speak (src/transport), for Node: Vite runs the very same sources, so there is nothing to keep alike. */
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { ROOT } from '../paths.mjs';

const FILES = ['fetchOver', 'serveFetch', 'socketFrames'];

/**
 * @typedef {Pick<typeof import('../../src/transport/fetchOver'), 'fetchOver'>
 *   & Pick<typeof import('../../src/transport/serveFetch'), 'serveFetch'>
 *   & Pick<typeof import('../../src/transport/socketFrames'), 'socketFrames' | 'MAX_MESSAGE_BYTES'>} Wire
 */

/** @returns {Promise<Wire>} */
export async function loadWire() {
  const loaded = await Promise.all(FILES.map(load));
  return Object.assign({}, ...loaded);
}

/** @param {string} name */
async function load(name) {
  const options = /** @type {const} */ ({ root: ROOT, configFile: false, logLevel: 'error' });
  const { module } = await runnerImport(join(ROOT, `src/transport/${name}.ts`), options);
  return module;
}

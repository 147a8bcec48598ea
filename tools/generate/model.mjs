/** Sees to it that the model of a task is in the browser: found by its address, its licence accepted, all its files here. */
import { UsageError } from '../usage.mjs';
import { isAddress } from './arguments.mjs';
import { inPage } from './inPage.mjs';

/**
 * @typedef {import('./inPage.mjs').TesseraWindow} TesseraWindow
 *
 * @typedef {object} Found
 * @property {string} id
 * @property {string} name
 * @property {import('../../src/client/library').ModelState} state
 * @property {{ name: string, url: string }} licence
 * @property {boolean} licenceAccepted
 * @property {string | null} obstacle
 */

/**
 * @param {import('playwright-core').Page} page
 * @param {import('./arguments.mjs').Task} task
 * @param {(line: string) => void} say
 * @returns {Promise<string>} its id
 */
export async function ensureModel(page, { request, acceptsLicence, device }, say) {
  const model = await inPage(page, findModel, { model: request.model, isAddress: isAddress(request.model) });
  if (model.state === 'complete' || model.state === 'embedded') return model.id;
  if (model.obstacle !== null && device !== 'wasm') {
    throw new Error(`${model.name} cannot run here. ${model.obstacle} --device wasm runs it on the CPU, slowly.`);
  }
  if (!model.licenceAccepted && !acceptsLicence) {
    const { name, url } = model.licence;
    throw new UsageError(`${model.name} has a licence to accept: ${name} (${url}). --yes accepts it.`);
  }
  say(`Downloading ${model.name}. What has arrived is kept, also when this is stopped.`);
  const isStored = await inPage(page, getModel, { id: model.id });
  if (!isStored) say(`${model.name} could not be stored here: the next run downloads it again.`);
  return model.id;
}

/**
 * Runs in the page.
 *
 * @param {{ model: string, isAddress: boolean }} options
 * @returns {Promise<Found>}
 */
async function findModel({ model, isAddress }) {
  const { library } = /** @type {TesseraWindow} */ (/** @type {unknown} */ (window)).tessera;
  await library.refresh();
  const before = library.list();
  /** @type {string} */
  let id = model;
  if (isAddress) {
    try {
      id = (await library.add(model)).id;
    } catch (error) {
      // Without a network: what was found there before still draws.
      const known = before.find(({ entry, isCustom, state }) => {
        const { weights } = entry;
        return isCustom && state === 'complete' && weights.type === 'published' && model.startsWith(weights.baseUrl);
      });
      if (!known) throw error;
      id = known.entry.id;
    }
  }
  const listing = library.list().find(({ entry }) => entry.id === id);
  if (!listing) throw new Error(`The page does not know the model '${id}'.`);
  const { entry, state, licenceAccepted, obstacle } = listing;
  return { id, name: entry.name, state, licence: entry.licence, licenceAccepted, obstacle };
}

/**
 * Runs in the page.
 *
 * @param {{ id: string }} options
 * @returns {Promise<boolean>} whether it is there for the next time
 */
async function getModel({ id }) {
  const { tessera, reportDownload } = /** @type {TesseraWindow} */ (/** @type {unknown} */ (window));
  const { library } = tessera;
  const listing = () => library.list().find(({ entry }) => entry.id === id);
  await library.acceptLicence(id);
  const stop = library.onChange(() => {
    const { progress } = listing() ?? {};
    if (progress) reportDownload(progress);
  });
  try {
    await library.get(id);
  } finally {
    stop();
  }
  return !listing()?.inMemory;
}

/** Large pictures by tiles: time, memory, seams, and what tiles change. All on wasm. */
import { chromium } from 'playwright-core';
import { describeEnvironment } from '../environment.mjs';
import { measureDetail } from './detail.mjs';
import { measureGrowth } from './growth.mjs';
import { measureMemory } from './memory.mjs';
import { openPainter } from './painter.mjs';
import { openProduct } from './product.mjs';
import { measureSeams } from './seams.mjs';
import { compareWithWhole, timeTileSizes } from './tileSizes.mjs';

/** @typedef {import('./product.mjs').Resolution} Resolution */

const FULL = {
  rounds: 3,
  small: /** @type {Resolution} */ ('2K'),
  large: /** @type {Resolution} */ ('4K'),
  pictures: 20,
  formats: /** @type {import('./product.mjs').Format[]} */ (['jpeg', 'png', 'webp']),
};

/** Shows that the bench works, says nothing. */
const QUICK = {
  rounds: 1,
  small: /** @type {Resolution} */ ('1K'),
  large: /** @type {Resolution} */ ('2K'),
  pictures: 2,
  formats: /** @type {import('./product.mjs').Format[]} */ (['png']),
};

/** Each is a picture in a browser of its own; its memory does not depend on what else the machine does. */
const MEMORY_ROUNDS = 2;

/**
 * @param {string} url of the bench's server
 * @param {object} options
 * @param {boolean} options.quick
 * @param {import('playwright-core').LaunchOptions} options.launch
 * @param {import('../model.mjs').BenchModel} options.model
 * @param {string | null} options.modelFolder
 * @param {(line: string) => void} options.say
 */
export async function measureTiles(url, { quick, launch, model, modelFolder, say }) {
  const { rounds, small, large, pictures, formats } = quick ? QUICK : FULL;
  const pixelsUrl = `${url}bench/pixels.mjs`;
  const browser = await chromium.launch(launch);
  try {
    const page = await openProduct(browser, url);
    const environment = await describeEnvironment(page, browser.version());
    say(`Time of ${large} over ${small}…`);
    const growth = await measureGrowth(page, { small, large, rounds, formats });
    say('Detail…');
    const detail = await measureDetail(page, { base: '1K', resolutions: quick ? [large] : [small, large], pixelsUrl });
    await page.close();
    say('Sizes of tiles, seams…');
    const tilings = await measureTilings(browser, { modelFolder, rounds, pictures, resolution: quick ? '1K' : '2K' });
    await browser.close();
    say(`Memory of ${large} over ${small}…`);
    const memoryRounds = Math.min(rounds, MEMORY_ROUNDS);
    const memory = await measureMemory({ url, launch }, { small, large, rounds: memoryRounds, formats });
    const { revision, preset } = model;
    const date = new Date().toISOString().slice(0, 10);
    return {
      date,
      environment,
      model: { revision, preset },
      rounds,
      small,
      large,
      growth,
      memory,
      ...tilings,
      detail,
    };
  } finally {
    await browser.close();
  }
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ modelFolder: string | null, rounds: number, pictures: number, resolution: '1K' | '2K' }} options
 */
async function measureTilings(browser, { modelFolder, rounds, pictures, resolution }) {
  const painter = await openPainter(browser, modelFolder);
  try {
    return {
      tileSizes: await timeTileSizes(painter, { rounds, resolution }),
      againstWhole: await compareWithWhole(painter, rounds),
      seams: await measureSeams(painter, { pictures, resolution }),
    };
  } finally {
    await painter.close();
  }
}

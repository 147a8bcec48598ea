/** The seam index over pictures of many kinds, and that of lines where no tiles meet: the noise of the measure. */
import { draw, forget } from './product.mjs';
import { borders, controlLines, seamIndex } from './seamIndex.mjs';

/** Pixels of the native picture per latent cell: see the model's entry in src/models. */
const LATENT_DOWNSCALE = 8;

const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9', '21:9'];
const THINGS = ['a green cactus', 'a red apple', 'a yellow duck', 'a blue car', 'a brown dog', 'a purple flower'];
const PLACES = ['on a white background', 'on a blue background', 'on a gray background', 'on a yellow background'];

/**
 * @param {import('playwright-core').Page} page with the product in it
 * @param {{ pictures: number, resolution: import('./product.mjs').Resolution, pixelsUrl: string }} options
 */
export async function measureSeams(page, { pictures, resolution, pixelsUrl }) {
  const indices = [];
  const controls = [];
  for (let index = 0; index < pictures; index++) {
    const prompt = `${THINGS[index % THINGS.length]} ${PLACES[index % PLACES.length]}`;
    const ratio = RATIOS[index % RATIOS.length] ?? '1:1';
    const picture = await draw(page, { resolution, prompt, ratio, seed: 100 + index, previews: true });
    const energies = await readEnergies(page, picture.url, pixelsUrl);
    await forget(page, picture.url);
    const { plan, tiles } = picture;
    const periodPx = 2 ** plan.upscale_passes;
    const lines = borders(tiles, plan.tile_overlap);
    const control = controlLines(lines, { tilePx: plan.tile_size, cellPx: LATENT_DOWNSCALE * periodPx });
    indices.push(seamIndex(energies, lines, periodPx));
    controls.push(seamIndex(energies, control, periodPx));
  }
  return { pictures, resolution, borders: summary(indices), control: summary(controls) };
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} url
 * @param {string} pixelsUrl
 */
async function readEnergies(page, url, pixelsUrl) {
  return page.evaluate(
    async ({ url, pixelsUrl }) => {
      /** @type {typeof import('./pixels.mjs')} */
      const { readLuma, gradientEnergies } = await import(pixelsUrl);
      return gradientEnergies(await readLuma(url));
    },
    { url, pixelsUrl },
  );
}

/** @param {number[]} values */
function summary(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance), min: Math.min(...values), max: Math.max(...values) };
}

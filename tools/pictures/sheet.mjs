/** The README's pictures as cells of sheets: what is drawn for each, and in which order. */

/**
 * @typedef {{ x: number, y: number }} Crop a place of a picture, as shares of its sides; shown pixel by pixel
 * @typedef {{ picture: string | null, label: string, crop?: Crop }} Cell a data URL (null: words only) and its words
 * @typedef {(request: Partial<import('../../src/client/tessera').GenerateRequest> & { prompt: string }) => Promise<string>} Draw
 *
 * @typedef {object} Gallery docs/gallery.json
 * @property {string[]} prompts
 * @property {{ picture: string, instructions: string[] }[]} edits each instruction on the picture that the first words give
 * @property {{ pictures: string[], prompt: string, aspect_ratio?: import('../../src/api/sizes').AspectRatio }[]} references
 * @property {{ prompt: string, aspect_ratio: import('../../src/api/sizes').AspectRatio }[]} ratios
 */

/**
 * @param {Gallery['prompts']} prompts
 * @param {Draw} draw
 * @returns {Promise<Cell[]>}
 */
export async function textCells(prompts, draw) {
  /** @type {Cell[]} */
  const cells = [];
  for (const prompt of prompts) cells.push({ picture: await draw({ prompt }), label: prompt });
  return cells;
}

/**
 * A row for each picture: itself, then what each instruction made of it.
 *
 * @param {Gallery['edits']} edits
 * @param {Draw} draw
 * @returns {Promise<Cell[]>}
 */
export async function editCells(edits, draw) {
  /** @type {Cell[]} */
  const cells = [];
  for (const { picture: words, instructions } of edits) {
    const picture = await draw({ prompt: words, output_format: 'png' });
    cells.push({ picture, label: words });
    for (const prompt of instructions) {
      cells.push({ picture: await draw({ prompt, images: [{ url: picture }] }), label: `“${prompt}”` });
    }
  }
  return cells;
}

/**
 * A row for each combination: its pictures, filled up to `columns - 1`, then the result.
 *
 * @param {Gallery['references']} combinations
 * @param {{ draw: Draw, columns: number }} options
 * @returns {Promise<Cell[]>}
 */
export async function referenceCells(combinations, { draw, columns }) {
  /** @type {Cell[]} */
  const cells = [];
  for (const { pictures, prompt, aspect_ratio = '1:1' } of combinations) {
    const images = [];
    for (const [index, words] of pictures.entries()) {
      const url = await draw({ prompt: words, output_format: 'png', seed: index + 1 });
      images.push({ url });
      cells.push({ picture: url, label: `image ${index + 1}` });
    }
    for (let place = pictures.length; place < columns - 1; place++) cells.push({ picture: null, label: '' });
    cells.push({ picture: await draw({ prompt, images, aspect_ratio }), label: `“${prompt}”` });
  }
  return cells;
}

/**
 * @param {Gallery['ratios']} ratios
 * @param {Draw} draw
 * @returns {Promise<Cell[]>}
 */
export async function ratioCells(ratios, draw) {
  /** @type {Cell[]} */
  const cells = [];
  for (const { prompt, aspect_ratio } of ratios) {
    cells.push({ picture: await draw({ prompt, aspect_ratio }), label: `${prompt}, ${aspect_ratio}` });
  }
  return cells;
}

/**
 * One place of one picture in its three sizes.
 *
 * @param {{ prompt: string } & Crop} place
 * @param {Draw} draw
 * @returns {Promise<Cell[]>}
 */
export async function sizeCells({ prompt, x, y }, draw) {
  /** @type {Cell[]} */
  const cells = [];
  for (const resolution of /** @type {const} */ (['1K', '2K', '4K'])) {
    const picture = await draw({ prompt, resolution, output_format: 'png' });
    cells.push({ picture, label: resolution, crop: { x, y } });
  }
  return cells;
}

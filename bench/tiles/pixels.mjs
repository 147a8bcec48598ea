/** Runs in the page: a finished picture's brightness, and what the bench wants to know of it. Imports nothing. */

/** Rows that are read from the decoded picture at once: the whole of a 4K picture would be held three times. */
const BAND_ROWS = 256;

/**
 * @typedef {object} Luma
 * @property {number} width
 * @property {number} height
 * @property {Float32Array} values row by row, 0 … 255
 */

/**
 * @public the page imports it by its address
 * @param {string} url of a picture
 * @returns {Promise<Luma>}
 */
export async function readLuma(url) {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const { width, height } = bitmap;
  const values = new Float32Array(width * height);
  for (let top = 0; top < height; top += BAND_ROWS) {
    const rows = Math.min(BAND_ROWS, height - top);
    const context = new OffscreenCanvas(width, rows).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('This browser cannot draw into an OffscreenCanvas.');
    context.drawImage(bitmap, 0, -top);
    const { data } = context.getImageData(0, 0, width, rows);
    for (let i = 0; i < width * rows; i++) {
      values[top * width + i] = lumaOf(data[4 * i] ?? 0, data[4 * i + 1] ?? 0, data[4 * i + 2] ?? 0);
    }
  }
  bitmap.close();
  return { width, height, values };
}

/**
 * Rec. 601.
 *
 * @param {number} red
 * @param {number} green
 * @param {number} blue
 */
function lumaOf(red, green, blue) {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/**
 * Gradient energy across every line between two columns, and between two rows: the sum of squared differences over
 * the length of the line. Entry b stands for the line between b - 1 and b.
 *
 * @param {Luma} luma
 * @returns {{ columns: number[], rows: number[] }}
 */
export function gradientEnergies({ width, height, values }) {
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = values[i] ?? 0;
      if (x > 0) columns[x] = (columns[x] ?? 0) + (value - (values[i - 1] ?? 0)) ** 2;
      if (y > 0) rows[y] = (rows[y] ?? 0) + (value - (values[i - width] ?? 0)) ** 2;
    }
  }
  return { columns: Array.from(columns), rows: Array.from(rows) };
}

/**
 * The mean squared Laplacian: energy of what is finer than a few pixels.
 *
 * @param {Luma} luma
 */
export function fineEnergy({ width, height, values }) {
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const beside = (values[i - 1] ?? 0) + (values[i + 1] ?? 0) + (values[i - width] ?? 0) + (values[i + width] ?? 0);
      sum += (beside - 4 * (values[i] ?? 0)) ** 2;
    }
  }
  return sum / ((width - 2) * (height - 2));
}

/**
 * Bicubic enlargement (Catmull-Rom) by a whole factor; borders repeat.
 *
 * @param {Luma} luma
 * @param {number} scale
 * @returns {Luma}
 */
export function enlargeBicubic(luma, scale) {
  return turned(enlargeWidth(turned(enlargeWidth(luma, scale)), scale));
}

/**
 * @param {Luma} luma
 * @param {number} scale
 * @returns {Luma}
 */
function enlargeWidth({ width, height, values }, scale) {
  const enlarged = new Float32Array(width * scale * height);
  const phases = Array.from({ length: scale }, (_, phase) => cubicAt((phase + 0.5) / scale - 0.5));
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const { first, weights } of phases) {
        let sum = 0;
        for (let tap = 0; tap < 4; tap++) {
          const from = Math.min(width - 1, Math.max(0, x + first + tap));
          sum += (weights[tap] ?? 0) * (values[y * width + from] ?? 0);
        }
        enlarged[to++] = sum;
      }
    }
  }
  return { width: width * scale, height, values: enlarged };
}

/**
 * Four taps around a place between pixels, counted from the centre of pixel 0.
 *
 * @param {number} place -0.5 … 0.5
 */
function cubicAt(place) {
  const first = Math.floor(place) - 1;
  const weights = Array.from({ length: 4 }, (_, tap) => {
    const far = Math.abs(place - first - tap);
    return far < 1 ? 1.5 * far ** 3 - 2.5 * far ** 2 + 1 : -0.5 * far ** 3 + 2.5 * far ** 2 - 4 * far + 2;
  });
  return { first, weights };
}

/**
 * Columns to rows.
 *
 * @param {Luma} luma
 * @returns {Luma}
 */
function turned({ width, height, values }) {
  const result = new Float32Array(values.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) result[x * height + y] = values[i] ?? 0;
  }
  return { width: height, height: width, values: result };
}

/**
 * What runs inside the page: Playwright sends each function there as text, so none may use anything outside itself but
 * the page's globals.
 */

/**
 * Draws one picture with the page's own client.
 *
 * @param {import('../../src/client/tessera').GenerateRequest} request
 * @returns {Promise<string>} as a data URL
 */
export async function drawPicture(request) {
  const { tessera } = /** @type {{ tessera: import('../../src/client/tessera').Tessera }} */ (
    /** @type {unknown} */ (window)
  );
  const url = (await tessera.generate(request)).data[0]?.url ?? '';
  const blob = await (await fetch(url)).blob();
  URL.revokeObjectURL(url);
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/**
 * Lays pictures out in rows, their words below each.
 *
 * @param {{
 *   cells: readonly import('./sheet.mjs').Cell[], columns: number, cellPx: number, labelPx: number, quality: number
 * }} layout
 * @returns {Promise<string>} a WebP file as a data URL
 */
export async function composeSheet({ cells, columns, cellPx, labelPx, quality }) {
  const rows = Math.ceil(cells.length / columns);
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: columns * cellPx, height: rows * (cellPx + labelPx) });
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no canvas.');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { fillStyle: '#222', font: '13px sans-serif', textAlign: 'center', textBaseline: 'top' });
  context.imageSmoothingQuality = 'high';
  for (const [index, { picture, label, crop }] of cells.entries()) {
    const left = (index % columns) * cellPx;
    const top = Math.floor(index / columns) * (cellPx + labelPx);
    if (picture) place(await createImageBitmap(await (await fetch(picture)).blob()), { left, top, crop });
    for (const [line, words] of twoLines(label).entries()) {
      context.fillText(words, left + cellPx / 2, top + cellPx + 2 + line * 16, cellPx - 6);
    }
  }
  return canvas.toDataURL('image/webp', quality);

  /**
   * @param {ImageBitmap} bitmap
   * @param {{ left: number, top: number, crop: import('./sheet.mjs').Crop | undefined }} where
   */
  function place(bitmap, { left, top, crop }) {
    const inner = cellPx - 4;
    if (crop) {
      const [x, y] = [crop.x * bitmap.width - inner / 2, crop.y * bitmap.height - inner / 2];
      context?.drawImage(bitmap, x, y, inner, inner, left + 2, top + 2, inner, inner);
      return;
    }
    const scale = inner / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    context?.drawImage(bitmap, left + (cellPx - width) / 2, top + (cellPx - height) / 2, width, height);
  }

  /** @param {string} text */
  function twoLines(text) {
    const middle = text.indexOf(' ', Math.floor(text.length / 2) - 3);
    return text.length < 24 || middle < 0 ? [text] : [text.slice(0, middle), text.slice(middle + 1)];
  }
}

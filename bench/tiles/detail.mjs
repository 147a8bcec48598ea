/** How much finer a large picture is than the bicubic enlargement of a small one of the same seed. */
import { draw, forget } from './product.mjs';

/**
 * @param {import('playwright-core').Page} page with the product in it
 * @param {{ base: import('./product.mjs').Resolution, resolutions: import('./product.mjs').Resolution[], pixelsUrl: string }} options
 */
export async function measureDetail(page, { base, resolutions, pixelsUrl }) {
  const small = await draw(page, { resolution: base });
  const rows = [];
  for (const resolution of resolutions) {
    const large = await draw(page, { resolution });
    const { ours, bicubic } = await compare(page, { small: small.url, large: large.url, pixelsUrl });
    await forget(page, large.url);
    rows.push({ resolution, base, ours, bicubic, ratio: ours / bicubic });
  }
  await forget(page, small.url);
  return rows;
}

/**
 * @param {import('playwright-core').Page} page
 * @param {{ small: string, large: string, pixelsUrl: string }} options
 */
async function compare(page, options) {
  return page.evaluate(async ({ small, large, pixelsUrl }) => {
    /** @type {typeof import('./pixels.mjs')} */
    const { readLuma, fineEnergy, enlargeBicubic } = await import(pixelsUrl);
    const painted = await readLuma(large);
    const base = await readLuma(small);
    const ours = fineEnergy(painted);
    return { ours, bicubic: fineEnergy(enlargeBicubic(base, painted.width / base.width)) };
  }, options);
}

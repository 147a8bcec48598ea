/** Every size that can be asked for comes out to the pixel, and the answer tells how it was made. */
import { ASPECT_RATIOS, outputSize, RESOLUTIONS } from '../../src/api/sizes';
import type { Tessera } from '../../src/client/tessera';
import { expect, openStudio, PATIENCE_MS, test } from './support';

for (const resolution of RESOLUTIONS) {
  test(`all ratios at ${resolution} have exactly the hosted sizes`, async ({ page }) => {
    test.setTimeout(10 * PATIENCE_MS);
    await openStudio(page, '?device=wasm');
    for (const ratio of ASPECT_RATIOS) {
      const request = { aspect_ratio: ratio, resolution };
      const { answer, forecast, decoded } = await page.evaluate(async (shape) => {
        const tessera: Tessera = Reflect.get(window, 'tessera');
        const request = { model: 'pocket', prompt: 'a red apple', seed: 7, steps: 1, ...shape };
        const forecast = tessera.forecast(request);
        const answer = await tessera.generate(request);
        const { url = '' } = answer.data[0] ?? {};
        const { width, height } = await createImageBitmap(await (await fetch(url)).blob());
        URL.revokeObjectURL(url);
        return { answer, forecast, decoded: { width, height } };
      }, request);
      const { widthPx: width, heightPx: height } = outputSize(ratio, resolution);
      expect(decoded).toEqual({ width, height });
      expect(answer.data).toMatchObject([{ width, height, mime_type: 'image/jpeg' }]);
      expect(forecast).toMatchObject({ width, height, plan: answer.plan });
      expect(answer.plan).toMatchObject({ refine_passes: 0, tile_overlap: 0 });
      expect(answer.plan.native_width * 2 ** answer.plan.upscale_passes).toBeGreaterThanOrEqual(width);
    }
  });
}

/** Ten seeds of the campaign that the soak runs hundreds of, on smaller files. */
import { expect, test } from '@playwright/test';
import { runCampaign } from './libraryInterruptions';

// The fault server is another origin than the page.
test.use({ bypassCSP: true });

const CHUNK = 128 * 1024;
const SMALL = {
  chunkBytes: CHUNK,
  sizes: { 'unet/model.onnx': 15 * CHUNK + 4321, 'vae/model.onnx': 8 * CHUNK, 'merges.txt': 600 },
};

test('ten seeded downloads of a published model, interrupted at random bytes, end byte-identical', async ({
  context,
}) => {
  test.slow();
  const figures = await runCampaign(
    context,
    SMALL,
    Array.from({ length: 10 }, (_, index) => index + 1),
  );
  expect(figures).toMatchObject({ byteIdentical: 10, falseReady: 0, failures: [] });
  expect(figures.largestRefetchedBytes).toBeLessThanOrEqual(CHUNK);
});

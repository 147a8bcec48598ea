/** A published model of 64 MiB survives anything, 200 times: byte-identical, at most one chunk refetched per interruption. */
import { expect, test } from '@playwright/test';
import { runCampaign } from '../browser/libraryInterruptions';

// The fault server is another origin than the page.
test.use({ bypassCSP: true });

const MIB = 2 ** 20;
const LARGE = {
  chunkBytes: 8 * MIB,
  sizes: { 'unet/model.onnx': 46 * MIB + 4321, 'vae/model.onnx': 18 * MIB, 'merges.txt': 600 },
};

test('200 seeded downloads of 64 MiB, interrupted at random bytes, end byte-identical', async ({
  context,
}, testInfo) => {
  const seeds = Array.from({ length: 200 }, (_, index) => 1000 + index);
  const figures = await runCampaign(context, LARGE, seeds);
  testInfo.annotations.push({ type: 'figures', description: JSON.stringify(figures) });
  expect(figures).toMatchObject({ byteIdentical: seeds.length, falseReady: 0, failures: [] });
  expect(figures.largestRefetchedBytes).toBeLessThanOrEqual(LARGE.chunkBytes);
});

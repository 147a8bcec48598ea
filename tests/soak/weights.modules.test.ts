/** A download survives anything, 200 times: byte-identical, at most one chunk refetched per interruption. */
import { expect, test } from '@playwright/test';
import { Campaign } from '../browser/interruptions';

// The fault server is another origin than the page.
test.use({ bypassCSP: true });

test('200 seeded downloads, interrupted at random bytes, end byte-identical', async ({ context }, testInfo) => {
  const seeds = Array.from({ length: 200 }, (_, index) => 1000 + index);
  const { figures } = await Campaign.run(context, seeds);
  testInfo.annotations.push({ type: 'figures', description: JSON.stringify(figures) });
  expect(figures).toMatchObject({ byteIdentical: seeds.length, falseReady: 0, failures: [] });
  expect(figures.refetchedBytesPerInterruption.largest).toBeLessThanOrEqual(figures.chunkBytes);
});

/** Ten seeds of the campaign that the soak runs hundreds of. */
import { expect, test } from '@playwright/test';
import { Campaign } from './interruptions';

// The fault server is another origin than the page.
test.use({ bypassCSP: true });

test('ten seeded downloads, interrupted at random bytes, end byte-identical', async ({ context }) => {
  test.slow();
  const seeds = Array.from({ length: 10 }, (_, index) => index + 1);
  const { figures } = await Campaign.run(context, seeds);
  expect(figures).toMatchObject({ byteIdentical: seeds.length, falseReady: 0, failures: [] });
  expect(figures.refetchedBytesPerInterruption.largest).toBeLessThanOrEqual(figures.chunkBytes);
});

/** A hundred requests at once, in a page that draws them one after the other. */
import { sendAtOnce } from '../browser/manyRequests';
import { openStudio, test } from '../browser/support';

test('of a hundred requests at once none is lost, they come in order, and each is billed once', async ({ page }) => {
  test.setTimeout(3_600_000);
  await openStudio(page);
  await sendAtOnce(page, 100);
});

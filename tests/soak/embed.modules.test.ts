/** A frame that crashes says nothing, not even that its port is closed: what waits for it ends after half a minute of silence. */
import { expect, test } from '@playwright/test';
import { childOf, embedStandIn, startParentSite } from '../browser/embedPages';

test('settles when the child crashes', async ({ page, baseURL, context }) => {
  const visits: string[] = [];
  const site = await startParentSite((path) => visits.push(path));
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const child = await childOf(page);
  // Playwright gives the page up with its frame, so the page itself has to tell how it ended.
  await page.evaluate(() => {
    void window.child.fetch('/v2/never').catch((error: Error) => fetch(`/outcome/${error.name}`));
  });
  await expect.poll(() => child.evaluate(() => window.signals.length)).toBe(1);
  const session = await context.newCDPSession(child);
  session.send('Page.crash').catch(() => {});
  await expect.poll(() => visits, { timeout: 60_000 }).toContain('/outcome/TypeError');
  await site.close();
});

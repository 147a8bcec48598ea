/** One page for the tests of a file that only compute: it compiles the runtime once, and not once for each of them. */
import { test as base, type Page } from '@playwright/test';

export const test = base.extend<object, { sharedPage: Page }>({
  sharedPage: [
    async ({ browser }, use, { project }) => {
      const { baseURL = '' } = project.use;
      const context = await browser.newContext({ baseURL, serviceWorkers: 'block' });
      const page = await context.newPage();
      await page.goto('/tests/browser/blank.html');
      await use(page);
      await context.close();
    },
    { scope: 'worker' },
  ],
});

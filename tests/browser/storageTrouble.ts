/** Browsers that do not let a page store things, made for real. */
import type { Frame, Page } from '@playwright/test';
import { test } from '@playwright/test';
import { BLANK } from './weightsInPage';

/**
 * Before the origin keeps anything: Chromium asks once how much room there is, and counts down from there. Compressible
 * data takes less room than it has bytes.
 */
export async function limitStorage(page: Page, quotaBytes: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: quotaBytes });
}

/** A frame of the dev server in a page of another, secure site: Chromium blocks the storage of those in private windows. */
export async function blockedFrame(page: Page): Promise<Frame> {
  const frameUrl = new URL(BLANK, test.info().project.use.baseURL).href;
  await page.route('https://parent.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<!doctype html><iframe src="${frameUrl}"></iframe>` }),
  );
  // The dev server forbids frames; what is tested here is the storage behind one.
  await page.route(frameUrl, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto('https://parent.test/');
  const frame = page.frames().find((each) => each.url() === frameUrl);
  if (!frame) throw new Error('no frame');
  return frame;
}

/** A page that came over plain http from another machine: no `crypto.subtle`, no locks, no service worker. */
export async function insecurePage(page: Page): Promise<Page> {
  const { baseURL = '' } = test.info().project.use;
  await page.route('http://insecure.test/**', async (route) => {
    const url = route.request().url().replace('http://insecure.test/', baseURL);
    await route.fulfill({ response: await route.fetch({ url }) });
  });
  await page.goto(`http://insecure.test${BLANK}`);
  return page;
}

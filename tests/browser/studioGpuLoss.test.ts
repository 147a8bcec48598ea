/** The GPU process dies under the page. In a browser of its own: after two crashes Chromium offers no GPU for minutes. */
import { chromium } from '@playwright/test';
import { launchOptions } from '../../tools/browser.mjs';
import { draw, expect, generateButton, openStudio, PATIENCE_MS, problem, routeTinyPocket, test } from './support';

test('a GPU lost once is replaced unseen; lost again, the page says so and the CPU takes over', async ({ baseURL }) => {
  const browser = await chromium.launch(launchOptions(process.env.TESSERA_BROWSER ?? ''));
  try {
    const context = await browser.newContext({ baseURL: baseURL ?? '' });
    await routeTinyPocket(context);
    const page = await context.newPage();
    const session = await browser.newBrowserCDPSession();
    const status = page.locator('.status-strip');
    await openStudio(page, '?device=webgpu&steps=1&prompt=a+cat');

    await session.send('Browser.crashGpuProcess');
    await generateButton(page).click();
    // The first loss: a fresh worker loads the model again, and nobody is bothered.
    await expect(status).toContainText(/model/, { timeout: PATIENCE_MS });
    await expect(problem(page)).toHaveCount(0);

    await session.send('Browser.crashGpuProcess');
    await expect(problem(page)).toContainText(/GPU stopped responding|No GPU available/, { timeout: PATIENCE_MS });
    await page.getByRole('button', { name: 'Use the CPU instead' }).click();
    await expect(status).toHaveText('Ready, on the CPU', { timeout: PATIENCE_MS });
    await draw(page, 'a dog');
  } finally {
    await browser.close();
  }
});

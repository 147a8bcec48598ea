/** What can go wrong, done to the real product: each time a message to act on, and the next picture works. */

import { readFileSync } from 'node:fs';
import type { BrowserContext } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { slowDown } from '../slowWorker';
import {
  draw,
  expect,
  generateButton,
  notice,
  openStudio,
  PATIENCE_MS,
  picture,
  pictureUrl,
  problem,
  promptField,
  test,
} from './support';

const WEIGHTS = '**/models/pocket/*.onnx';

test('an empty and an over-long prompt are refused at the prompt, before any work', async ({ page }) => {
  await openStudio(page);
  await generateButton(page).click();
  const error = page.getByRole('alert');
  await expect(error).toContainText('Say in a few words what to draw');
  await expect(promptField(page)).toBeFocused();
  await expect(promptField(page)).toHaveAttribute('aria-invalid', 'true');
  await promptField(page).fill('🍎'.repeat(4097));
  await expect(error).toHaveCount(0);
  await expect(page.locator('#prompt-hint')).toHaveText('4097 of 4096 characters');
  await generateButton(page).click();
  await expect(error).toContainText('too long. Keep it under 4096 characters');
  expect(await pictureUrl(page)).toBeNull();
  await expect(page.getByRole('progressbar')).toHaveCount(0);
});

test('a prompt longer than the model reads is drawn, with a notice that goes with the next one', async ({ page }) => {
  await openStudio(page);
  await draw(page, 'a red apple and a blue star '.repeat(12));
  await expect(notice(page, 'prompt_truncated')).toContainText('Only the beginning of the prompt was read');
  await draw(page, 'a red apple');
  await expect(notice(page, 'prompt_truncated')).toHaveCount(0);
});

test('damaged weights are never drawn with; once they are whole again, "Try again" works', async ({
  page,
  context,
}) => {
  const damage = await damageWeights(context);
  await page.goto('/');
  await expect(problem(page)).toContainText('The model files are damaged', { timeout: PATIENCE_MS });
  await promptField(page).fill('a cat');
  await generateButton(page).click();
  await expect(problem(page)).toContainText('The model files are damaged', { timeout: PATIENCE_MS });
  expect(await pictureUrl(page)).toBeNull();
  await damage.stop();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(picture(page)).toHaveAttribute('alt', 'a cat', { timeout: PATIENCE_MS });
});

test('missing weights are said to be unreachable; "Try again" loads them', async ({ page, context }) => {
  await context.route(WEIGHTS, (route) => route.fulfill({ status: 404, body: 'gone' }));
  await page.goto('/');
  await expect(problem(page)).toContainText('The model could not be loaded', { timeout: PATIENCE_MS });
  await context.unroute(WEIGHTS);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('.status-strip')).toContainText('Ready', { timeout: PATIENCE_MS });
});

test('a full disk: a notice, and pictures from memory', async ({ page, context }) => {
  await page.goto('/icon.svg');
  const session = await context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 1 });
  await openStudio(page);
  await expect(notice(page, 'storage_unavailable')).toContainText('kept in memory only');
  await draw(page, 'a tree');
});

test('a second visit draws offline, without one request for weights', async ({ page, context }) => {
  await openStudio(page);
  await page.close();
  const requests: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  await context.route('**/models/**', (route) => route.abort());
  const second = await context.newPage();
  await openStudio(second);
  // The API's own script comes once the model is ready.
  await second.evaluate(async () => {
    const tessera: Tessera = Reflect.get(window, 'tessera');
    await tessera.fetch(`${tessera.baseUrl}v2/models`);
  });
  await context.setOffline(true);
  await draw(second, 'a red house');
  const files = requests.filter((url) => url.includes('/models/')).map((url) => url.split('/').at(-1));
  // Both are asked for on each visit, to hear of a new revision; neither is needed.
  expect(files.filter((file) => file !== 'manifest.json' && file !== 'vocabulary.json')).toEqual([]);
});

test('a worker that crashes in the middle of a picture is replaced', async ({ page }) => {
  await openStudio(page);
  await slowDown(page, 300);
  await promptField(page).fill('a robot');
  await generateButton(page).click();
  await expect(page.locator('.preview')).toBeVisible({ timeout: PATIENCE_MS });
  await page.workers()[0]?.evaluate(() => {
    setTimeout(() => {
      throw new Error('out of memory, as it were');
    });
  });
  await expect(problem(page)).toContainText('The drawing process stopped', { timeout: PATIENCE_MS });
  await expect(problem(page)).toContainText('as it were');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(picture(page)).toHaveAttribute('alt', 'a robot', { timeout: PATIENCE_MS });
  await expect(problem(page)).toHaveCount(0);
});

test('a worker whose script does not arrive is a message, and the next one is tried afresh', async ({
  page,
  context,
}) => {
  const script = /generate\.worker.*\.js$/;
  await context.route(script, (route) => route.abort());
  await page.goto('/');
  await expect(problem(page)).toContainText('The drawing process stopped', { timeout: PATIENCE_MS });
  await context.unroute(script);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('.status-strip')).toContainText('Ready', { timeout: PATIENCE_MS });
  await draw(page, 'a car');
});

test('a software GPU is told apart: the CPU draws', async ({ page }) => {
  await openStudio(page);
  await expect(notice(page, 'software_gpu')).toContainText('Everything works');
  await expect(page.locator('.status-strip')).toHaveText('Ready, on the CPU');
});

test('a prompt is text wherever it is shown', async ({ page }) => {
  const attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  await openStudio(page, `?prompt=${encodeURIComponent(attack)}`);
  const title = await page.title();
  await draw(page, attack);
  await expect(page.locator('.details-prompt')).toHaveText(attack);
  expect(await page.locator('script:not([src])').count()).toBe(0);
  expect(await page.title()).toBe(title);
});

/** Serves the denoiser with one wrong byte until stopped. */
async function damageWeights(context: BrowserContext) {
  const url = '**/models/pocket/denoiser.onnx';
  const body = readFileSync('tests/fixtures/tiny-pocket/denoiser.onnx');
  body[5000] = (body[5000] ?? 0) ^ 1;
  await context.route(url, (route) => route.fulfill({ body, contentType: 'application/octet-stream' }));
  return { stop: () => context.unroute(url) };
}

/** A page of another site draws with the engine in its frame: the built product, a real model, everything over the port. */
import type { Page } from '@playwright/test';
import { childOf, type Site, startDeployment, startParentSite } from './embedPages';
import { expect, PATIENCE_MS, test } from './support';

let site: Site;
let deployment: Site;
test.beforeAll(async () => {
  site = await startParentSite();
  deployment = await startDeployment({ settings: { parents: [site.origin()] }, guardedByHeaders: true });
});
test.afterAll(() => Promise.all([site.close(), deployment.close()]));

async function embed(page: Page): Promise<void> {
  await page.goto(site.origin());
  await page.evaluate(async (base) => {
    const { embedTessera } = (await import(`${base}/client.js`)) as typeof import('../../src/client/index');
    window.child = await embedTessera(document.body, { src: `${base}/embed.html` });
  }, deployment.origin('127.0.0.1'));
}

/** The answer, and what its URL gives in the embedding page: the first bytes and the SHA-256 of all. */
function draw(page: Page, request: object) {
  return page.evaluate(async (asked) => {
    const answer = await window.child.images.generate(asked as Parameters<typeof window.child.images.generate>[0]);
    const bytes = await (await fetch(answer.data[0]?.url ?? '')).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return { answer, magic: Array.from(new Uint8Array(bytes, 1, 3)), hash: hash.join() };
  }, request);
}

const APPLE = { model: 'pocket', prompt: 'a red apple', seed: 7, steps: 1, output_format: 'png' };

test('a prompt becomes a picture of the embedding page, the same for the same seed', async ({ page }) => {
  await embed(page);
  const first = await draw(page, APPLE);
  const second = await draw(page, APPLE);
  expect(first.answer).toMatchObject({ status: 'completed', model: 'pocket', data: [{ mime_type: 'image/png' }] });
  expect(JSON.stringify(first.answer)).toContain(`"url":"blob:${site.origin()}/`);
  expect(first.magic).toEqual([80, 78, 71]);
  expect(second.hash).toBe(first.hash);
});

test('previews come while it draws, the picture last', async ({ page }) => {
  await embed(page);
  const seen = await page.evaluate(async () => {
    const types: string[] = [];
    const request = { model: 'pocket', prompt: 'a red apple', seed: 7, steps: 3 };
    const onProgress = (progress: { type: string }) => void types.push(progress.type);
    const answer = await window.child.images.generate(request, { onProgress });
    return { types, url: answer.data[0]?.url ?? '' };
  });
  expect(seen.types).toContain('preview');
  expect(seen.url).toContain(`blob:${site.origin()}/`);
});

test('errors of the contract arrive as they are', async ({ page }) => {
  await embed(page);
  const error = await page.evaluate(() =>
    window.child.images
      .generate({ model: 'pocket', prompt: '' })
      .catch(({ code, param, status }) => ({ code, param, status })),
  );
  expect(error).toMatchObject({ param: 'prompt', status: 400 });
});

test('an aborted request ends the drawing, and the next one is drawn', async ({ page }) => {
  await embed(page);
  await draw(page, APPLE);
  const outcome = await page.evaluate(async () => {
    const stop = new AbortController();
    const request = { model: 'pocket', prompt: 'a red apple', seed: 1, steps: 8 } as const;
    const onProgress = () => stop.abort();
    const aborted = window.child.images.generate(request, { signal: stop.signal, onProgress });
    return aborted.catch(({ code }) => code);
  });
  expect(outcome).toBe('cancelled');
  const next = await draw(page, { ...APPLE, seed: 8 });
  expect(next.answer.status).toBe('completed');
  expect(await (await childOf(page)).locator('#status').textContent({ timeout: PATIENCE_MS })).toContain('Ready');
});

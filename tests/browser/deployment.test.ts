/** What the owner of the page decides: who may enter, how much pictures may cost, which words are refused. */
import type { Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { expect, openStudio, test } from './support';

declare const window: { readonly tessera: Tessera };

/** The product as an owner would serve it. */
async function deploy(page: Page, settings: Readonly<Record<string, string>>): Promise<void> {
  const metas = Object.entries(settings).map(([name, content]) => `<meta name="tessera-${name}" content="${content}">`);
  await page.route(/\/(\?.*)?$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace('</head>', `${metas.join('')}</head>`) });
  });
}

function ask(page: Page, key: string, body: Readonly<Record<string, unknown>>): Promise<readonly [number, string]> {
  return page.evaluate(
    async ([bearer, fields]) => {
      const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
      const url = new URL('v2/images/generations', document.baseURI).href;
      const request = new Request(url, { method: 'POST', headers, body: JSON.stringify(fields) });
      const response = await window.tessera.answer(request);
      return [response.status, (await response.json()).error?.code ?? ''] as const;
    },
    [key, body] as const,
  );
}

const APPLE = { model: 'pocket', prompt: 'a red apple' };

test('only keys made here enter, where the owner says so', async ({ page }) => {
  await deploy(page, { keys: 'known' });
  await openStudio(page);
  expect(await ask(page, 'sk_anything', APPLE)).toEqual([401, 'invalid_api_key']);
  const secret = await page.evaluate(async () => (await window.tessera.account.keys.create('test')).secret);
  expect(await ask(page, secret, APPLE)).toEqual([200, '']);
  // The page itself needs none.
  const models = await page.evaluate(() => window.tessera.models.list());
  expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining(['seedream-4-5', 'pocket']));
});

test('the budget ends before the credits do', async ({ page }) => {
  await deploy(page, { budget: '0.05' });
  await openStudio(page);
  const picture = { model: 'seedream-4-5', prompt: 'a cat', steps: 1 };
  expect(await ask(page, 'sk_x', picture)).toEqual([200, '']);
  expect(await ask(page, 'sk_x', picture)).toEqual([402, 'quota_exceeded']);
  expect(await ask(page, 'sk_x', APPLE)).toEqual([200, '']);
});

test('prompts with a refused word are the only 422', async ({ page }) => {
  await deploy(page, { 'refused-words': 'Secret, other' });
  await openStudio(page);
  expect(await ask(page, 'sk_x', { model: 'pocket', prompt: 'a secret garden' })).toEqual([
    422,
    'content_policy_violation',
  ]);
  expect(await ask(page, 'sk_x', APPLE)).toEqual([200, '']);
});

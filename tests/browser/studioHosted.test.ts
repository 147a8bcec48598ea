/** The hosted service from the studio's page: only where the deployment allows it, and never before a yes. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { expect, openStudio, test } from './support';

declare const window: { readonly tessera: Tessera };

function answer() {
  const picture = { mime_type: 'image/jpeg', deletes_at: '2030-01-01T00:00:00.000Z' };
  return {
    id: 'req-HOSTED',
    status: 'completed',
    model: 'seedream-4-5',
    data: [{ url: `${origin}/v2/downloads/req-HOSTED/0`, width: 2048, height: 2048, ...picture }],
    usage: { billable_unit: 'image', quantity: 1, unit_price: 0.04, total_cost: 0.04 },
  };
}
const CORS = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, content-type' };

let server: Server;
let origin: string;
const bills: { readonly key: string | undefined; readonly body: unknown }[] = [];

test.beforeAll(async () => {
  server = createServer(async (request, response) => {
    if (request.method === 'OPTIONS') return void response.writeHead(204, CORS).end();
    bills.push({ key: request.headers.authorization, body: JSON.parse(await text(request)) });
    response.writeHead(200, { ...CORS, 'content-type': 'application/json' }).end(JSON.stringify(answer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
test.afterAll(() => new Promise((resolve) => server.close(resolve)));
test.beforeEach(() => {
  bills.length = 0;
});

/** A deployment whose page and headers name the service. */
async function deployWithService(context: BrowserContext, baseURL: string): Promise<void> {
  // A page that a test has written counts as one from the internet, which must ask for servers of this machine.
  await context.grantPermissions(['local-network-access']);
  await context.route(baseURL, async (route) => {
    const response = await route.fetch();
    const meta = `<meta name="tessera-hosted" content="${origin}"></head>`;
    const policy = (response.headers()['content-security-policy'] ?? '').replace(
      'connect-src',
      `connect-src ${origin}`,
    );
    const headers = { ...response.headers(), 'content-security-policy': policy };
    await route.fulfill({ response, headers, body: (await response.text()).replace('</head>', meta) });
  });
}

const ask = (page: Page) =>
  page.evaluate(async () => {
    const request = { model: 'seedream-4-5', prompt: 'a red apple', engine: 'hosted' } as const;
    const result = await window.tessera.images.generate(request).catch((error) => ({ code: error.code }));
    return 'code' in result ? result.code : result.id;
  });

test('elsewhere it is not offered, and a request for it is refused', async ({ page }) => {
  await openStudio(page);
  await expect(page.getByText('Hosted service', { exact: true })).toHaveCount(0);
  expect(await ask(page)).toBe('invalid_parameter');
  expect(bills).toEqual([]);
});

test('a no keeps the prompt here; a yes sends it with the user’s own key, and the cost is in the books', async ({
  page,
  context,
  baseURL,
}) => {
  await deployWithService(context, baseURL ?? '');
  await openStudio(page);
  await page.locator('summary').getByText('Hosted service', { exact: true }).click();
  await page.getByLabel('Your key').fill('sk_mine');
  await page.getByRole('button', { name: 'Keep this key' }).click();
  await expect(page.getByRole('button', { name: 'Forget the key' })).toBeVisible();

  const refused = ask(page);
  const dialog = page.getByRole('dialog', { name: /^Send this to/ });
  await expect(dialog).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).include('dialog').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.keyboard.press('Escape');
  expect(await refused).toBe('consent_required');
  expect(bills).toEqual([]);

  const sent = ask(page);
  await dialog.getByRole('button', { name: 'Send it' }).click();
  expect(await sent).toBe('req-HOSTED');
  expect(await ask(page)).toBe('req-HOSTED');
  expect(bills.map(({ key }) => key)).toEqual(['Bearer sk_mine', 'Bearer sk_mine']);
  await page.locator('summary').getByText('Usage', { exact: true }).click();
  await expect(page.locator('.entries')).toContainText('hosted service');
  expect(await page.evaluate(async () => (await window.tessera.billing.balance()).balance)).toBe('10.00');

  await page.getByRole('button', { name: 'Forget the key' }).click();
  await expect(page.getByRole('button', { name: 'Forget the key' })).toHaveCount(0);
  expect(await ask(page)).not.toBe('req-HOSTED');
});

/** The API in the engine's own page: what SDKs get, what it costs, and that nothing is lost. */
import type { BrowserContext, Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { sendAtOnce } from './manyRequests';
import { draw, expect, openStudio, test } from './support';

declare const window: { readonly tessera: Tessera };

/** What a page of the hosted API's customers would import. */
async function routeOpenAi(context: BrowserContext): Promise<void> {
  await context.route('**/node_modules/openai/**', (route) =>
    route.fulfill({ path: new URL(route.request().url()).pathname.slice(1), contentType: 'text/javascript' }),
  );
}

test.describe('the openai package with fetch: tessera.fetch', () => {
  test.beforeEach(async ({ page, context }) => {
    await routeOpenAi(context);
    await openStudio(page);
    await page.evaluate(async () => {
      const { OpenAI } = await import('/node_modules/openai/index.mjs' as 'openai');
      const { tessera } = window;
      const openai = new OpenAI({
        baseURL: `${tessera.baseUrl}v1`,
        apiKey: 'any',
        fetch: tessera.fetch,
        dangerouslyAllowBrowser: true,
      });
      Object.assign(window, { openai });
    });
  });

  test('draws, as base64 and as a link that loads', async ({ page }) => {
    const pictures = await page.evaluate(async () => {
      const { openai } = window as unknown as { openai: import('openai').OpenAI };
      const request = { model: 'pocket', prompt: 'a red apple', output_format: 'png' } as const;
      const inline = await openai.images.generate(request);
      const linked = await openai.images.generate({ ...request, response_format: 'url' });
      const size = async (url: string) => {
        const image = Object.assign(new Image(), { src: url });
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
      };
      return [
        await size(`data:image/png;base64,${inline.data?.[0]?.b64_json}`),
        await size(linked.data?.[0]?.url ?? ''),
      ];
    });
    expect(pictures).toEqual([
      [1024, 1024],
      [1024, 1024],
    ]);
  });

  test('lists models, and turns refusals into its own errors', async ({ page }) => {
    const result = await page.evaluate(async () => {
      const { openai } = window as unknown as { openai: import('openai').OpenAI };
      const models: string[] = [];
      for await (const { id } of openai.models.list()) models.push(id);
      const refusal = await openai.images.generate({ model: 'nothing-9', prompt: 'a cat' }).catch((error) => error);
      const { name, status, code, param } = refusal;
      return { models, refusal: { name: refusal.constructor.name ?? name, status, code, param } };
    });
    expect(result.models).toEqual(expect.arrayContaining(['pocket', 'seedream-4-5']));
    expect(result.refusal).toMatchObject({ status: 400, code: 'invalid_parameter', param: 'model' });
  });

  test('streams previews and the finished picture', async ({ page }) => {
    const types = await page.evaluate(async () => {
      const { openai } = window as unknown as { openai: import('openai').OpenAI };
      const stream = await openai.images.generate({
        model: 'pocket',
        prompt: 'a red apple',
        stream: true,
        partial_images: 2,
      });
      const seen: string[] = [];
      for await (const event of stream) if (event.b64_json) seen.push(event.type);
      return seen;
    });
    expect(types.at(-1)).toBe('image_generation.completed');
    expect(types).toContain('image_generation.partial_image');
  });
});

test('progress and cancelling reach code in the page', async ({ page }) => {
  await openStudio(page);
  const result = await page.evaluate(async () => {
    const { tessera } = window;
    const seen = new Set<string>();
    const answer = await tessera.images.generate(
      { model: 'pocket', prompt: 'a red apple', seed: 3 },
      { onProgress: ({ type }) => seen.add(type) },
    );
    const stop = new AbortController();
    const stopped = tessera.images.generate({ model: 'pocket', prompt: 'a cat' }, { signal: stop.signal });
    stop.abort();
    const code = await stopped.catch((error) => error.code);
    return {
      seen: [...seen],
      seed: answer.seed,
      code,
      next: (await tessera.images.generate({ model: 'pocket', prompt: 'a dog' })).status,
    };
  });
  expect(result).toMatchObject({ seed: 3, code: 'cancelled', next: 'completed' });
  expect(result.seen).toContain('preview');
});

test('of twenty-five requests at once none is lost, they come in order, and each is billed once', async ({ page }) => {
  await openStudio(page);
  await sendAtOnce(page, 25);
});

test('two tabs pay from one balance, which a reload keeps', async ({ page, context }) => {
  await openStudio(page);
  const other = await context.newPage();
  await openStudio(other);
  await Promise.all([page, other].map((tab) => drawTwice(tab)));
  expect(await balance(page)).toBe(9.84);
  await other.reload();
  expect(await balance(other)).toBe(9.84);
  await draw(page, 'a cat');
  expect(await balance(other)).toBe(9.84);
});

function drawTwice(page: Page): Promise<unknown> {
  return page.evaluate(() => {
    const request = { model: 'seedream-4-5', prompt: 'a star', steps: 1 };
    return Promise.all([window.tessera.images.generate(request), window.tessera.images.generate(request)]);
  });
}

async function balance(page: Page): Promise<number> {
  await page.waitForFunction(() => 'tessera' in window);
  return Number(await page.evaluate(async () => (await window.tessera.billing.balance()).balance));
}

/** The iframe carrier between two sites: HTTP all the way, with pictures that load where they are asked for. */
import { expect, type Page, test } from '@playwright/test';
import { childOf, embedStandIn, type Site, startParentSite } from './embedPages';

let site: Site;
test.beforeAll(async () => {
  site = await startParentSite();
});
test.afterAll(() => site.close());

test('carries requests and answers byte by byte, with key, status and headers', async ({ page, baseURL }) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const result = await page.evaluate(async () => {
    const body = crypto.getRandomValues(new Uint8Array(60_000));
    const echo = await window.child.fetch('v2/echo', { method: 'POST', body, headers: { authorization: 'Bearer k' } });
    const back = new Uint8Array(await echo.arrayBuffer());
    const missing = await window.child.fetch('/v2/missing');
    return {
      same: back.length === body.length && back.every((byte, index) => byte === body[index]),
      key: echo.headers.get('x-key'),
      missing: [missing.status, await missing.json()],
      title: window.child.iframe.title,
    };
  });
  expect(result).toEqual({
    same: true,
    key: 'Bearer k',
    missing: [404, { error: { code: 'not_found' } }],
    title: 'Drawing',
  });
});

test('gives pictures as blob URLs of the embedding page, whatever origin the request was written for', async ({
  page,
  baseURL,
}) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const pictures = await page.evaluate(async () => {
    const links: { protocol: string; origin: string; sizeBytes: number; type: string }[] = [];
    for (const url of ['/v2/images/generations', 'https://api.hosted.test/v2/images/generations']) {
      const response = await window.child.fetch(url, {
        method: 'POST',
        body: '{"prompt":"an apple"}',
        headers: { 'content-type': 'application/json' },
      });
      const link = ((await response.json()) as { data: { url: string }[] }).data[0]?.url ?? '';
      const { protocol, origin } = new URL(link);
      const blob = await (await fetch(link)).blob();
      links.push({ protocol, origin, sizeBytes: blob.size, type: blob.type });
    }
    return links;
  });
  const expected = { protocol: 'blob:', origin: site.origin(), sizeBytes: 300_000, type: 'image/png' };
  expect(pictures).toEqual([expected, expected]);
});

test('leaves alone the URLs that are none of its own, or lead nowhere', async ({ page, baseURL }) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const urls = await page.evaluate(async () => {
    const ask = async (prompt: string) =>
      (await window.child.images.generate({ model: 'pocket', prompt })).data[0]?.url ?? '';
    return [await ask('elsewhere'), new URL(await ask('expired')).pathname];
  });
  expect(urls).toEqual(['https://cdn.test/v2/downloads/1/0', '/v2/downloads/gone/0']);
});

test('sends its blob URLs as bytes', async ({ page, baseURL }) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const asked = await page.evaluate(async () => {
    const url = URL.createObjectURL(new Blob(['pixels'], { type: 'image/png' }));
    const mask = URL.createObjectURL(new Blob(['mask'], { type: 'image/webp' }));
    const images = [{ url }, { url: 'https://a.test/b.png' }, { url: `blob:${location.origin}/gone` }];
    const answer = await window.child.images.generate({
      model: 'pocket',
      prompt: `an apple on "${url}"`,
      images,
      mask,
    });
    return { ...(answer as unknown as { asked: Record<string, unknown> }).asked, url };
  });
  expect(asked).toEqual({
    model: 'pocket',
    prompt: `an apple on "${asked.url}"`,
    images: [
      { url: `data:image/png;base64,${btoa('pixels')}` },
      { url: 'https://a.test/b.png' },
      { url: `blob:${site.origin()}/gone` },
    ],
    mask: `data:image/webp;base64,${btoa('mask')}`,
    url: asked.url,
  });
});

test('passes events one by one, and the picture in the last', async ({ page, baseURL }) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const child = await childOf(page);
  await page.evaluate(() => {
    const seen: string[] = [];
    const onProgress = (progress: { type: string }) => void seen.push(progress.type);
    const done = window.child.images.generate({ model: 'pocket', prompt: 'an apple' }, { onProgress });
    Object.assign(window, { seen, done });
  });
  await expect.poll(() => page.evaluate(() => Reflect.get(window, 'seen'))).toEqual(['preview']);
  await child.evaluate(() => window.finish());
  const link = await page.evaluate(async () => (await Reflect.get(window, 'done')).data[0].url);
  expect(link).toContain(`blob:${site.origin()}/`);
});

test('passes the whitespace of a long job at once', async ({ page, baseURL }) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const child = await childOf(page);
  const first = await page.evaluate(async () => {
    const body = JSON.stringify({ prompt: 'slowly' });
    const headers = { 'content-type': 'application/json' };
    const response = await window.child.fetch('/v2/images/generations', { method: 'POST', body, headers });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    Object.assign(window, { reader });
    return (await reader?.read())?.value;
  });
  expect(first).toBe(' ');
  await child.evaluate(() => window.finish());
  const answer = JSON.parse(await page.evaluate(async () => (await Reflect.get(window, 'reader').read()).value));
  expect(answer.data[0].url).toContain('blob:');
});

test('cancels in the child what is aborted here', async ({ page, baseURL }) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const child = await childOf(page);
  await page.evaluate(() => {
    const controller = new AbortController();
    const outcome = window.child.fetch('/v2/never', { signal: controller.signal }).catch((reason: unknown) => reason);
    Object.assign(window, { controller, outcome });
  });
  await expect.poll(() => child.evaluate(() => window.signals.length)).toBe(1);
  const reason = await page.evaluate(() => {
    Reflect.get(window, 'controller').abort('not now');
    return Reflect.get(window, 'outcome');
  });
  expect(reason).toBe('not now');
  await expect.poll(() => child.evaluate(() => window.signals[0]?.aborted)).toBe(true);
});

test('settles and cleans up when it is closed', async ({ page, baseURL }) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const after = await page.evaluate(async () => {
    const link = (await window.child.images.generate({ model: 'pocket', prompt: 'an apple' })).data[0]?.url ?? '';
    const pending = window.child.fetch('/v2/never').catch((error: Error) => error.name);
    window.child.close();
    const late = window.child.fetch('/v2/models').catch((error: Error) => error.name);
    const stale = fetch(link).then(
      () => 'loads',
      () => 'revoked',
    );
    return [await pending, await late, await stale, document.querySelectorAll('iframe').length];
  });
  expect(after).toEqual(['TypeError', 'TypeError', 'revoked', 0]);
});

test('works on after a reload of the frame', async ({ page, baseURL }) => {
  await embedStandIn(page, { baseURL, parent: site.origin() });
  const child = await childOf(page);
  const pending = page.evaluate(() => window.child.fetch('/v2/never').catch((error: Error) => error.name));
  await expect.poll(() => child.evaluate(() => window.signals.length)).toBe(1);
  await child.evaluate(() => location.reload()).catch(() => {});
  expect(await pending).toBe('TypeError');
  await expect
    .poll(() => page.evaluate(() => window.child.fetch('/v2/missing').then((answer) => answer.status, String)))
    .toBe(404);
});

test.describe('gives up with a clear error', () => {
  const attempt = (page: Page, base: string, options: { src: string; timeoutMs: number }) =>
    page.evaluate(
      async ({ url, given }) => {
        const { embedTessera } = (await import(`${url}src/client/index.ts`)) as typeof import('../../src/client/index');
        const outcome = await embedTessera(document.body, given).catch((error: unknown) => error);
        const { code = '', message = '' } = outcome as { code?: string; message?: string };
        return { code, message, frames: document.querySelectorAll('iframe').length };
      },
      { url: base, given: options },
    );

  test('when the page does not know this origin', async ({ page, baseURL }) => {
    await page.goto(site.origin());
    const src = `${baseURL}tests/browser/pages/embedChild.html`;
    const { code, message, frames } = await attempt(page, String(baseURL), { src, timeoutMs: 1_500 });
    expect([code, frames]).toEqual(['engine_unavailable', 0]);
    expect(message).toContain(`embed.json beside it list ${site.origin()}`);
  });

  test('when nobody is there', async ({ page, baseURL }) => {
    await page.goto(site.origin());
    const outcome = await attempt(page, String(baseURL), { src: 'http://127.0.0.1:9/embed.html', timeoutMs: 500 });
    expect([outcome.code, outcome.frames]).toEqual(['engine_unavailable', 0]);
  });

  test('at once, when its signal fires', async ({ page, baseURL }) => {
    await page.goto(site.origin());
    const outcome = await page.evaluate(async (base) => {
      const { embedTessera } = (await import(`${base}src/client/index.ts`)) as typeof import('../../src/client/index');
      const stop = new AbortController();
      const src = `${base}tests/browser/pages/embedChild.html`;
      const pending = embedTessera(document.body, { src, signal: stop.signal }).catch((reason: unknown) => reason);
      stop.abort('enough');
      return [await pending, document.querySelectorAll('iframe').length];
    }, baseURL);
    expect(outcome).toEqual(['enough', 0]);
  });
});

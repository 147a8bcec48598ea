/** Who may embed the built product: the origins that its owner lists, exactly those, and nobody by shouting. */
import { expect, type Page, test } from '@playwright/test';
import { childOf, type Site, startDeployment, startParentSite } from './embedPages';

const REFUSED_AFTER_MS = 1_500;

let site: Site;
test.beforeAll(async () => {
  site = await startParentSite();
});
test.afterAll(() => site.close());

/** Runs with a deployment that lists `parents`; without the help of its headers unless said otherwise. */
async function withDeployment(
  settings: unknown,
  work: (deployment: Site) => Promise<void>,
  options: { readonly guardedByHeaders?: boolean } = {},
): Promise<void> {
  const deployment = await startDeployment({ settings, guardedByHeaders: options.guardedByHeaders ?? false });
  try {
    await work(deployment);
  } finally {
    await deployment.close();
  }
}

/** `connected`, or the code of the error. */
function tryToEmbed(page: Page, deployment: Site, timeoutMs: number): Promise<string> {
  return page.evaluate(
    async ({ base, limitMs }) => {
      const { embedTessera } = (await import(`${base}/client.js`)) as typeof import('../../src/client/index');
      const outcome = embedTessera(document.body, { src: `${base}/embed.html`, timeoutMs: limitMs });
      return outcome.then(
        () => 'connected',
        (error: { code: string }) => error.code,
      );
    },
    { base: deployment.origin('127.0.0.1'), limitMs: timeoutMs },
  );
}

test.describe('an origin that is listed', () => {
  for (const guardedByHeaders of [true, false]) {
    test(`embeds, ${guardedByHeaders ? 'with' : 'without'} the headers naming it`, async ({ page }) => {
      await withDeployment(
        { parents: ['https://example.com', site.origin()] },
        async (deployment) => {
          await page.goto(site.origin());
          expect(await tryToEmbed(page, deployment, 30_000)).toBe('connected');
        },
        { guardedByHeaders },
      );
    });
  }

  test('embeds from a page that is isolated, and lends it threads', async ({ page }) => {
    await withDeployment({ parents: [site.origin()] }, async (deployment) => {
      await page.goto(`${site.origin()}/isolated`);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      expect(await tryToEmbed(page, deployment, 30_000)).toBe('connected');
      expect(await (await childOf(page)).evaluate(() => crossOriginIsolated)).toBe(true);
    });
  });

  test('embeds from a plain page, where the frame isolates itself', async ({ page }) => {
    await withDeployment({ parents: [site.origin()] }, async (deployment) => {
      await page.goto(site.origin());
      expect(await tryToEmbed(page, deployment, 30_000)).toBe('connected');
      expect(await (await childOf(page)).evaluate(() => crossOriginIsolated)).toBe(true);
    });
  });
});

test('a page of the same origin embeds without being listed', async ({ page }) => {
  await withDeployment(
    { parents: [] },
    async (deployment) => {
      await page.goto(`${deployment.origin('127.0.0.1')}/parent`);
      expect(await tryToEmbed(page, deployment, 30_000)).toBe('connected');
    },
    { guardedByHeaders: true },
  );
});

test.describe('an origin is refused', () => {
  const cases: readonly [what: string, settings: () => unknown, path?: string][] = [
    ['that is not listed', () => ({ parents: ['https://example.com'] })],
    ['where nothing is listed', () => ({ parents: [] })],
    ['where the list is no list', () => ({ parents: site.origin() })],
    ['where there are no settings', () => null],
    ['listed with a path', () => ({ parents: [`${site.origin()}/`] })],
    ['listed by a wildcard', () => ({ parents: ['*', 'http://*', 'http://localhost:*'] })],
    ['whose scheme is another', () => ({ parents: [site.origin().replace('http:', 'https:')] })],
    ['whose port is another', () => ({ parents: ['http://localhost:1'] })],
    ['whose name is another', () => ({ parents: [site.origin('127.0.0.1')] })],
    ['whose listed name is only a part', () => ({ parents: [site.origin().slice(0, -1)] })],
    ['that is opaque, though its address is listed', () => ({ parents: [site.origin(), 'null'] }), '/sandboxed'],
  ];
  for (const [what, settings, path = '/'] of cases) {
    test(what, async ({ page }) => {
      await withDeployment(settings(), async (deployment) => {
        await page.goto(site.origin() + path);
        expect(await tryToEmbed(page, deployment, REFUSED_AFTER_MS)).toBe('engine_unavailable');
      });
    });
  }

  test('by the headers alone, before anything runs', async ({ page }) => {
    await withDeployment(
      { parents: [] },
      async (deployment) => {
        await page.goto(site.origin());
        const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
        expect(await tryToEmbed(page, deployment, REFUSED_AFTER_MS)).toBe('engine_unavailable');
        await refused;
      },
      { guardedByHeaders: true },
    );
  });

  test('that stands between a listed page and the frame', async ({ page }) => {
    await withDeployment({ parents: [site.origin()] }, async (deployment) => {
      await page.goto(site.origin());
      await page.evaluate((url) => {
        document.body.append(Object.assign(document.createElement('iframe'), { src: url }));
      }, site.origin('127.0.0.1'));
      const middle = await childOf(page);
      expect(await tryToEmbed(middle as unknown as Page, deployment, REFUSED_AFTER_MS)).toBe('engine_unavailable');
    });
  });
});

/** What a hostile page knows: the messages of the handshake, and every way to name things that are not there. */
const floodTheFrame = async ({ url, rounds }: { url: string; rounds: number }) => {
  const frame = Object.assign(document.createElement('iframe'), { src: url });
  const answers: unknown[] = [];
  // The frame knocks once, at everybody's door, when it begins to listen.
  const knock = new Promise((resolve) => addEventListener('message', resolve, { once: true }));
  document.body.append(frame);
  await knock;
  addEventListener('message', (event) => answers.push(event.data));
  const base = { namespace: 'penpal', channel: 'tessera' };
  const polluted = JSON.parse('{"__proto__":{"type":"SYN"},"constructor":{"prototype":{"polluted":1}}}');
  const call = { ...base, type: 'CALL', id: '1', args: [] };
  const messages: unknown[] = [
    { ...base, type: 'SYN', participantId: 'zzzz' },
    { ...base, type: 'ACK1', methodPaths: [['openPort']] },
    { ...base, type: 'ACK2' },
    { ...call, methodPath: ['openPort'] },
    { ...call, methodPath: ['__proto__', 'constructor'] },
    { ...call, methodPath: ['constructor', 'constructor'], args: ['postMessage("hacked","*")'] },
    { penpal: 'syn' },
    { penpal: 'call', id: 1, methodName: 'openPort', args: [] },
    { penpal: { toString: 1 } },
    { id: 1, kind: 'request', meta: { method: 'GET', url: 'http://a/', headers: [], hasBody: false }, bytes: null },
    polluted,
    null,
    'openPort',
    new Map([['openPort', 1]]),
  ];
  const ports: MessagePort[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const message = messages[round % messages.length];
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => answers.push(event.data);
    ports.push(port1);
    frame.contentWindow?.postMessage(message, '*', [port2]);
    if (round % 1_000 === 999) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  return answers.length;
};

test.describe('a hostile page', () => {
  test('gets nothing from 10,000 forged messages, and breaks nothing', async ({ page }) => {
    test.slow();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await withDeployment({ parents: ['https://example.com'] }, async (deployment) => {
      await page.goto(site.origin());
      const url = `${deployment.origin('127.0.0.1')}/embed.html`;
      expect(await page.evaluate(floodTheFrame, { url, rounds: 10_000 })).toBe(0);
      const child = await childOf(page);
      expect(await child.locator('#status').textContent()).toContain('Waiting');
      expect(await child.evaluate(() => Reflect.get(Object.prototype, 'polluted'))).toBeUndefined();
    });
    // The same from a listed page is answered: the silence above is the origin's.
    await withDeployment({ parents: [site.origin()] }, async (deployment) => {
      await page.goto(site.origin());
      const url = `${deployment.origin('127.0.0.1')}/embed.html`;
      expect(await page.evaluate(floodTheFrame, { url, rounds: 100 })).toBeGreaterThan(0);
    });
    expect(errors).toEqual([]);
  });

  test('cannot speak to a frame that is not its own child, be it listed or not', async ({ page }) => {
    await withDeployment({ parents: [site.origin()] }, async (deployment) => {
      // The frame's parent is a stranger; a listed page beside it does the talking.
      await page.goto(site.origin('127.0.0.1'));
      const sources = [`${deployment.origin('127.0.0.1')}/embed.html`, site.origin()];
      await page.evaluate((urls) => {
        for (const src of urls) document.body.append(Object.assign(document.createElement('iframe'), { src }));
      }, sources);
      const findSibling = () => page.frames().find((frame) => frame.url().startsWith(site.origin()));
      await expect.poll(() => findSibling()?.url()).toBeTruthy();
      const sibling = findSibling();
      await expect(page.frameLocator('iframe >> nth=0').locator('#status')).toContainText('Waiting');
      const answers = await sibling?.evaluate(async () => {
        const received: unknown[] = [];
        addEventListener('message', (event) => received.push(event.data));
        const frame = window.parent.frames[0];
        for (let round = 0; round < 100; round += 1) {
          frame?.postMessage({ namespace: 'penpal', channel: 'tessera', type: 'SYN', participantId: `${round}` }, '*');
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
        return received.length;
      });
      expect(answers).toBe(0);
    });
  });
});

test('a listed page gets one port: what it saw of the handshake opens no second one', async ({ page }) => {
  await withDeployment({ parents: [site.origin()] }, async (deployment) => {
    await page.goto(site.origin());
    await page.evaluate(() => {
      const post = MessagePort.prototype.postMessage;
      Object.assign(window, { seen: [], ports: [] });
      MessagePort.prototype.postMessage = function (this: MessagePort, message: unknown, options?: unknown) {
        Reflect.get(window, 'seen').push(message);
        Reflect.get(window, 'ports').push(this);
        post.call(this, message, options as StructuredSerializeOptions);
      };
    });
    expect(await tryToEmbed(page, deployment, 30_000)).toBe('connected');
    const replayed = await page.evaluate(async () => {
      const frame = document.querySelector('iframe')?.contentWindow;
      const answers: unknown[] = [];
      addEventListener('message', (event) => answers.push(event.data));
      for (const message of Reflect.get(window, 'seen')) frame?.postMessage(message, '*');
      const base = { namespace: 'penpal', channel: 'tessera' };
      frame?.postMessage({ ...base, type: 'SYN', participantId: 'again' }, '*');
      await new Promise((resolve) => setTimeout(resolve, 500));
      return answers.length;
    });
    expect(replayed).toBe(0);
    expect(await (await childOf(page)).locator('#status').textContent()).toContain('Ready');
  });
});

/**
 * The life of the service worker, in a browser that nobody debugs: a debugger would keep the worker alive. Its only tab
 * opens another one with the engine, asks through the worker, and reports what it heard.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { launchOptions } from '../../tools/browser.mjs';
import { ROOT } from '../../tools/paths.mjs';
import { startProductSite } from '../browser/serviceWorkerSite';

/** Chromium ends an idle worker after 30 s. */
const IDLE_MS = 90_000;
/** Of the sleeping steps; all of them together outlive the 5 minutes that a browser gives to an event. */
const STEP_MS = 50_000;
const STEPS = 8;

const WORKER = readdirSync(join(ROOT, 'dist/assets')).find((name) => name.startsWith('generate.worker')) ?? '';

/** Put before the engine's own worker: it sleeps after each step of a job with this seed, as a slow machine would draw. */
function sleepBetweenSteps(stepMs: number): void {
  const post = MessagePort.prototype.postMessage;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let seed = 0;
  addEventListener('message', ({ data }) => {
    seed = data?.argumentList?.[0]?.value?.seed ?? seed;
  });
  MessagePort.prototype.postMessage = function (message: unknown, transfer?: unknown) {
    post.call(this, message, (transfer ?? []) as StructuredSerializeOptions);
    const event = (message as { argumentList?: { value?: { type?: unknown } }[] })?.argumentList?.[0]?.value;
    if (event?.type === 'step' && seed === 360) Atomics.wait(cell, 0, 0, stepMs);
  };
}

/** Put after the service worker: tells one life of it from another. */
function tellLife(): void {
  const life = Math.random();
  addEventListener('fetch', (event) => {
    const { request, respondWith } = event as unknown as { request: Request; respondWith(response: Response): void };
    if (request.url.endsWith('/life')) respondWith.call(event, new Response(String(life)));
  });
}

interface Heard {
  readonly status: number;
  readonly text: string;
  readonly headersMs: number;
  readonly wholeMs: number;
  /** Longest wait between two pieces of the body. */
  readonly longestGapMs: number;
  readonly pictureBytes: number;
}

interface Report {
  readonly lives: readonly string[];
  readonly afterIdle: Heard;
  readonly slow: Heard;
  readonly streamed: Heard;
}

/** Runs in the tab that asks. */
async function askAndReport({ idleMs, steps }: { idleMs: number; steps: number }): Promise<void> {
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  open('./?device=wasm');
  while (!navigator.serviceWorker.controller) await wait(500);
  const life = async () => (await fetch('life')).text();
  const lives = [await life()];
  await wait(idleMs);
  lives.push(await life());
  const afterIdle = await hear({ steps: 1 });
  const long = { steps, seed: 360 };
  const [slow, streamed] = await Promise.all([hear(long), hear({ ...long, stream: true })]);
  await fetch('report', { method: 'POST', body: JSON.stringify({ lives, afterIdle, slow, streamed }) });

  async function hear(fields: Readonly<Record<string, unknown>>): Promise<Heard> {
    const startMs = performance.now();
    const response = await fetch('v2/images/generations', {
      method: 'POST',
      headers: { authorization: 'Bearer sk_tab', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'pocket', prompt: 'a red apple', ...fields }),
    });
    const headersMs = performance.now() - startMs;
    let [text, lastMs, longestGapMs] = ['', performance.now(), 0];
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      text += next.value;
      longestGapMs = Math.max(longestGapMs, performance.now() - lastMs);
      lastMs = performance.now();
    }
    const wholeMs = performance.now() - startMs;
    const url = /"url":\s*"([^"]+)"/.exec(text)?.[1];
    const pictureBytes = url ? (await (await fetch(url)).blob()).size : 0;
    const short = text.replace(/"b64_json":"[^"]+"/g, '"b64_json":""');
    return { status: response.status, text: short, headersMs, wholeMs, longestGapMs, pictureBytes };
  }
}

test('a job of six minutes is answered, plain and streamed, by a worker that was put to sleep before', async ({
  browserName,
}, testInfo) => {
  expect(browserName).toBe('chromium');
  test.setTimeout(3_600_000);
  const site = await startProductSite();
  site.changes.set(`assets/${WORKER}`, (text) => `(${sleepBetweenSteps})(${STEP_MS});${text}`);
  site.changes.set('service-worker.js', (text) => `${text}\n(${tellLife})();`);
  const profile = mkdtempSync(join(tmpdir(), 'tessera-soak-'));
  let browser: ChildProcess | null = null;
  try {
    const report = await new Promise<Report>((resolve) => {
      site.onOther = ({ pathname }, body) => {
        if (pathname === '/asker.js') return `(${askAndReport})(${JSON.stringify({ idleMs: IDLE_MS, steps: STEPS })});`;
        if (pathname === '/asker.html') return '<!doctype html><script src="asker.js"></script>';
        if (pathname !== '/report') return null;
        resolve(JSON.parse(body));
        return '';
      };
      browser = openBrowser(profile, `${site.origin}/asker.html`);
    });
    const { lives, afterIdle, slow, streamed } = report;
    const figures = [afterIdle, slow, streamed].map(({ text: _text, ...rest }) => rest);
    testInfo.annotations.push({ type: 'figures', description: JSON.stringify({ lives, figures }) });
    expect(new Set(lives).size).toBe(2);
    expect(afterIdle).toMatchObject({ status: 200 });
    expect(slow).toMatchObject({ status: 200 });
    // Its headers went out before it was done.
    expect(slow.text).toMatch(/^ +\{/);
    expect(JSON.parse(slow.text)).toMatchObject({ status: 'completed', steps: STEPS });
    expect(streamed.text).toContain('event: image_generation.completed');
    for (const { pictureBytes } of figures) expect(pictureBytes).toBeGreaterThan(1000);
  } finally {
    await closeBrowser(browser);
    await site.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** Until it has ended it writes to its profile. */
async function closeBrowser(browser: ChildProcess | null): Promise<void> {
  if (!browser || browser.exitCode !== null) return;
  const ended = once(browser, 'exit');
  browser.kill();
  await ended;
}

function openBrowser(profile: string, url: string): ChildProcess {
  const { executablePath, args, chromiumSandbox } = launchOptions(process.env.TESSERA_BROWSER ?? '');
  const own = ['--headless=new', `--user-data-dir=${profile}`, '--disable-popup-blocking', '--disable-dev-shm-usage'];
  const sandbox = chromiumSandbox ? [] : ['--no-sandbox'];
  return spawn(executablePath, [...args, ...own, ...sandbox, url], { stdio: 'ignore' });
}

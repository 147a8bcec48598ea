/** Sites that serve the built product with the tiny model, without any route of Playwright: workers would not see it. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, type Page } from '@playwright/test';
import type { Tessera } from '../../src/client/tessera';
import { responseHeaders } from '../../tools/headers.mjs';
import { ROOT } from '../../tools/paths.mjs';
import { PATIENCE_MS } from './support';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

export interface ProductSite {
  readonly origin: string;
  /** Path and query of every request, in order. */
  readonly requests: string[];
  /** Changes the text of a file as it is served, by its path in the product: another release. */
  readonly changes: Map<string, (text: string) => string>;
  /** Answers what is not the product's; null for what is. */
  onOther: (url: URL, body: string) => string | null;
  readonly close: () => Promise<void>;
}

/** `folders` are the paths of its deployments; `elsewhere.html` in each is an empty page. */
export async function startProductSite(folders: readonly string[] = ['/']): Promise<ProductSite> {
  const longestFirst = [...folders].sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', site.origin);
    site.requests.push(url.pathname + url.search);
    const folder = longestFirst.find((each) => url.pathname.startsWith(each));
    const path = folder === undefined ? null : url.pathname.slice(folder.length) || 'index.html';
    const headers = responseHeaders(`/${path}`, { dev: false });
    const type = {
      'content-type': TYPES[extname(path ?? '')] ?? 'application/octet-stream',
      'cache-control': 'no-cache',
    };
    const change = site.changes.get(path ?? '');
    const file = path === null ? null : fileOf(path);
    const other = site.onOther(url, await text(request));
    if (other !== null) response.writeHead(200, { ...headers, ...type }).end(other);
    else if (path === 'elsewhere.html') response.writeHead(200, { ...headers, ...type }).end('<!doctype html>');
    else if (file === null) response.writeHead(404, headers).end();
    else if (change) response.writeHead(200, { ...headers, ...type }).end(change(readFileSync(file, 'utf8')));
    else createReadStream(file).pipe(response.writeHead(200, { ...headers, ...type }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const site: ProductSite = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    changes: new Map(),
    onOther: () => null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return site;
}

function fileOf(path: string): string | null {
  const tiny = join(ROOT, 'tests/fixtures/tiny-pocket', basename(path));
  const file = path.startsWith('models/pocket/') ? tiny : join(ROOT, 'dist', path);
  return existsSync(file) && statSync(file).isFile() ? file : null;
}

export interface EngineWindow {
  readonly tessera: Tessera;
}

/** Opens the page that draws, and waits until its model is loaded and the worker has it. */
export async function openEngine(page: Page, base: string): Promise<void> {
  await page.goto(`${base}?device=wasm`);
  await expect(page.locator('.status-strip')).toContainText('Ready', { timeout: PATIENCE_MS });
  await waitForControl(page);
}

/** A page of the same site without an engine. */
export async function openElsewhere(page: Page, base: string): Promise<void> {
  await page.goto(`${base}elsewhere.html`);
  await waitForControl(page);
}

async function waitForControl(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, { timeout: PATIENCE_MS });
}

/** Jobs waiting or running in the page. */
export function pendingIn(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as EngineWindow).tessera.pending);
}

export interface Heard {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly code: string | null;
  readonly message: string | null;
  /** Links to pictures. */
  readonly urls: readonly string[];
}

/** `POST v2/images/generations` below the page's folder, as any code of the site would ask. */
export function ask(page: Page, fields: Readonly<Record<string, unknown>> = {}): Promise<Heard> {
  return page.evaluate(async (given) => {
    const response = await fetch('v2/images/generations', {
      method: 'POST',
      headers: { authorization: 'Bearer sk_tab', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'pocket', prompt: 'a red apple', ...given }),
    });
    const { error, data } = await response.json();
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      code: error?.code ?? null,
      message: error?.message ?? null,
      urls: (data ?? []).map(({ url }: { readonly url: string }) => url),
    };
  }, fields);
}

/** Pages of other origins that embed Tessera, and deployments of the built product with a list of parents of their own. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Frame, Page } from '@playwright/test';
import type { EmbeddedTessera } from '../../src/client/embed';
import { parentsIn, responseHeaders } from '../../tools/headers.mjs';
import { ROOT } from '../../tools/paths.mjs';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export interface Site {
  readonly port: number;
  /** Two names for this machine: for the browser they are two sites. */
  readonly origin: (host?: '127.0.0.1' | 'localhost') => string;
  readonly close: () => Promise<void>;
}

/** Empty pages. `/isolated` is cross-origin isolated, `/sandboxed` has an opaque origin; all addresses are told. */
export function startParentSite(onRequest: (path: string) => void = () => {}): Promise<Site> {
  return startSite((request, response) => {
    onRequest(request.url ?? '');
    const isolation = request.url?.startsWith('/isolated') ? ISOLATED : {};
    const sandbox = request.url?.startsWith('/sandboxed') ? { 'Content-Security-Policy': 'sandbox allow-scripts' } : {};
    response.writeHead(200, { 'Content-Type': 'text/html', ...isolation, ...sandbox });
    response.end('<!doctype html><title>A page that embeds Tessera</title><div id="place"></div>');
  });
}

export interface DeploymentOptions {
  /** What `embed.json` holds. */
  readonly settings: unknown;
  /** Whether the headers name the parents too; without, the handshake is the only guard. */
  readonly guardedByHeaders: boolean;
}

/** The product of `dist/`, as another owner would deploy it; `/parent` is an empty page of the same origin. */
export function startDeployment({ settings, guardedByHeaders }: DeploymentOptions): Promise<Site> {
  const parents = parentsIn(JSON.stringify(settings));
  return startSite((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const headers = responseHeaders(pathname, { dev: false, parents });
    const policy = headers['Content-Security-Policy'] ?? '';
    if (!guardedByHeaders) headers['Content-Security-Policy'] = policy.replace(/, frame-ancestors.*/, '');
    const file = join(ROOT, 'dist', pathname);
    if (pathname === '/embed.json') {
      response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify(settings));
    } else if (pathname === '/parent') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><div id="place"></div>');
    } else if (existsSync(file) && statSync(file).isFile()) {
      response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
      createReadStream(file).pipe(response);
    } else {
      response.writeHead(404, headers).end();
    }
  });
}

async function startSite(listener: RequestListener): Promise<Site> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: (host = 'localhost') => `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The frame inside a page, once its document is there. */
export async function childOf(page: Page): Promise<Frame> {
  const handle = await page.waitForSelector('iframe');
  const frame = await handle.contentFrame();
  if (!frame) throw new Error('The element has no frame.');
  await frame.waitForLoadState();
  return frame;
}

declare global {
  interface Window {
    /** In the embedding page. */
    child: EmbeddedTessera;
    /** In the stand-in child: lets the answer end; the signals of all requests. */
    finish: () => void;
    signals: AbortSignal[];
  }
}

/** Opens a page of another site that embeds the stand-in child of the dev server, as `window.child`. */
export async function embedStandIn(
  page: Page,
  {
    baseURL,
    parent,
    path = '/',
  }: { readonly baseURL: string | undefined; readonly parent: string; readonly path?: string },
): Promise<void> {
  await page.goto(parent + path);
  await page.evaluate(
    async ({ base, origin }) => {
      const { embedTessera } = (await import(`${base}src/client/index.ts`)) as typeof import('../../src/client/index');
      const place = document.getElementById('place') ?? document.body;
      const src = `${base}tests/browser/pages/embedChild.html?parents=${origin}`;
      window.child = await embedTessera(place, { src, apiKey: 'sk_test', title: 'Drawing' });
    },
    { base: baseURL ?? '', origin: parent },
  );
}

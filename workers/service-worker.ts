/** Thin door: `/v2` and `/v1` go to the page that has the engine, finished pictures and the app itself come from storage. */
import { precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst } from 'workbox-strategies';
import { createDownloads } from '../src/api/downloads';
import { errorResponse } from '../src/api/envelope';
import { openResults } from '../src/results/results';
import { carryToPage } from '../src/transport/serviceWorkerCarrier';

declare const self: ServiceWorkerGlobalScope;

/** Written in by the build: the files of the app, and what names this build. */
declare const PRECACHED: { url: string; revision: string | null }[];
declare const BUILD_ID: string;

const OLD_CACHES = /^tessera-runtime-/;
const RUNTIME_CACHE = `tessera-runtime-${BUILD_ID}`;

const basePath = new URL(self.registration.scope).pathname;
/** Below the scope; the network never sees these. */
const isApi = ({ pathname }: URL) => /^(v[12]\/|openapi\.json$|docs$)/.test(pathname.slice(basePath.length));
const isDownload = ({ pathname }: URL) => pathname.startsWith('v2/downloads/', basePath.length);
const download = createDownloads(openResults(), basePath);

registerRoute(({ url, sameOrigin }) => sameOrigin && isApi(url), answer, 'GET');
registerRoute(({ url, sameOrigin }) => sameOrigin && isApi(url), answer, 'POST');
for (const method of ['DELETE', 'HEAD', 'PATCH', 'PUT'] as const) {
  registerRoute(({ url, sameOrigin }) => sameOrigin && isApi(url), answer, method);
}
// Settings in the address change nothing in the file. Each file keeps its headers: without those of isolation, no threads.
precacheAndRoute(PRECACHED, { ignoreURLParametersMatching: [/./] });
// Of the runtime's builds, of 25 MB each, a browser uses one: kept once it has been used.
registerRoute(
  ({ url, sameOrigin }) =>
    sameOrigin && /^(ort\/|models\/[^/]+\/vocabulary\.json$)/.test(url.pathname.slice(basePath.length)),
  new CacheFirst({ cacheName: RUNTIME_CACHE }),
);

// The first page need not be loaded again to be asked by others.
self.addEventListener('activate', (event) => event.waitUntil(Promise.all([self.clients.claim(), forgetOldBuilds()])));

async function forgetOldBuilds(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => OLD_CACHES.test(name) && name !== RUNTIME_CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer({ request }: { readonly request: Request }): Promise<Response> {
  try {
    if (!isDownload(new URL(request.url))) return await carryToPage(request, self.clients);
    // Pictures that could not be stored are in the memory of the page that made them.
    return await download(request).catch(() => carryToPage(request, self.clients));
  } catch (error) {
    return errorResponse(error);
  }
}

/** Thin door: `/v2` and `/v1` go to the page that has the engine, finished pictures and the app itself come from storage. */
import { download } from '../src/api/downloads';
import { errorResponse } from '../src/api/envelope';
import { openResults } from '../src/results/results';
import { hasJspi } from '../src/runtime/jspi';
import { carryToPage } from '../src/transport/serviceWorkerCarrier';
import { isClaim } from '../src/transport/serviceWorkerDoor';
import { Shell, type ShellFile } from '../src/transport/serviceWorkerShell';

declare const self: ServiceWorkerGlobalScope;

/** Written in by the build. */
declare const SHELL_FILES: readonly ShellFile[];

/** onnxruntime comes in two builds of about 20 MB each; a browser uses one. */
const UNUSED = hasJspi() ? /\.asyncify\./ : /\.jspi\./;

const { scope } = self.registration;
const basePath = new URL(scope).pathname;
const files = SHELL_FILES.filter(({ url }) => !UNUSED.test(url));
const shell = new Shell(files, scope);
const results = openResults();

self.addEventListener('install', (event) => event.waitUntil(shell.install(event)));
self.addEventListener('activate', (event) => event.waitUntil(shell.activate(event).then(() => self.clients.claim())));
self.addEventListener('message', (event) => {
  if (isClaim(event.data)) event.waitUntil(self.clients.claim());
});
self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== self.location.origin || !pathname.startsWith(basePath)) return;
  const path = pathname.slice(basePath.length);
  const response = isApi(path) ? answer(event, path) : shell.answer(event.request);
  if (response) event.respondWith(response);
});

/** The network never sees these. */
function isApi(path: string): boolean {
  return /^(v[12](\/.*)?|openapi\.json|docs)$/.test(path);
}

async function answer({ request, clientId }: FetchEvent, path: string): Promise<Response> {
  const errand = { pages: self.clients, scope, askerId: clientId };
  try {
    const isDownload = path.startsWith('v2/downloads/') && /^(GET|HEAD)$/.test(request.method);
    if (!isDownload) return await carryToPage(request, errand);
    // Pictures that could not be stored are in the memory of the page that made them.
    return await download(request, results).catch((missing) =>
      carryToPage(request, errand).catch(() => Promise.reject(missing)),
    );
  } catch (error) {
    return errorResponse(error);
  }
}

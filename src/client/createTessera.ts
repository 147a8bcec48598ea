/** Tessera for code outside the engine's page: finds the way to it and speaks the API. */
import { ApiClient } from './apiClient';
import { atHome } from './home';
import type { TesseraClient } from './tessera';

export interface TesseraOptions {
  /** Where Tessera is served, with a slash at the end; by default where this file comes from. */
  readonly baseUrl?: string;
  /** Any text unless the owner admits only keys made in the studio. */
  readonly apiKey?: string;
  /** Another way there: that of `embedTessera`, or of a test. */
  readonly fetch?: typeof fetch;
}

const ANY_KEY = 'sk_anyone';

/**
 * Makes a client of Tessera. In the engine's own page requests go straight to it, in other pages of its origin through
 * the service worker, and from anywhere else over HTTP, to `npm run serve`.
 *
 * @example
 * import { createTessera } from 'https://tessera.example/client.js';
 *
 * const tessera = createTessera();
 * const answer = await tessera.images.generate({ model: 'seedream-4-5', prompt: 'a red apple' });
 * image.src = answer.data[0].url;
 *
 * @example
 * // Any SDK that takes a fetch:
 * const openai = new OpenAI({
 *   baseURL: `${tessera.baseUrl}v1`,
 *   apiKey: 'any',
 *   fetch: tessera.fetch,
 *   dangerouslyAllowBrowser: true,
 * });
 *
 * @example
 * // Follow a picture, and stop it:
 * const stop = new AbortController();
 * await tessera.images.generate(request, { signal: stop.signal, onProgress: (progress) => console.log(progress) });
 */
export function createTessera({
  baseUrl = ownFolder(),
  apiKey = ANY_KEY,
  fetch: given,
}: TesseraOptions = {}): TesseraClient {
  const base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`, globalThis.location?.href).href;
  return new ApiClient({ baseUrl: base, apiKey, fetch: given ?? ((input, init) => fetchFrom(base, input, init)) });
}

async function fetchFrom(base: string, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const inThisPage = (globalThis as { readonly tessera?: TesseraClient }).tessera;
  if (inThisPage?.baseUrl === base) return inThisPage.fetch(input, init);
  await serviceWorkerOf(base);
  return fetch(atHome(input, base), init);
}

/** A page that opened before the service worker did must wait for it: the network has no answer to these routes. */
async function serviceWorkerOf(base: string): Promise<void> {
  const workers = globalThis.navigator?.serviceWorker;
  if (!workers || workers.controller || new URL(base).origin !== globalThis.location?.origin) return;
  if ((await workers.getRegistration(base)) && globalThis.location.href.startsWith(base)) await workers.ready;
}

function ownFolder(): string {
  return import.meta.url.replace(/[^/]*$/, '');
}

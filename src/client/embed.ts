/** Tessera inside a page of another origin: a frame that draws, and a client that talks to it. */
import { ApiClient } from './apiClient';
import { EmbedFrame } from './embedFrame';
import { isDownload, isGeneration, localizedResponse, withBlobsAsBytes } from './embedRequests';
import { atHome } from './home';
import type { TesseraClient } from './tessera';

export interface EmbedOptions {
  /** Where the page for embedding is; by default `embed.html` beside this file. */
  readonly src?: string;
  /** Any text unless the owner of that page admits only keys made there. */
  readonly apiKey?: string;
  /** What screen readers call the frame. */
  readonly title?: string;
  /** How long the frame may take to answer, 30 s by default. */
  readonly timeoutMs?: number;
  /** Gives up waiting for the frame. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedTessera extends TesseraClient {
  /** Style or hide it as you like; it draws as long as it is in the document. */
  readonly iframe: HTMLIFrameElement;
  /** Cancels what runs, removes the frame and revokes the `blob:` URLs of all pictures. */
  close(): void;
}

/**
 * Puts Tessera into `element` and connects to it. The page in the frame decides which origins may do so: they stand in
 * the `embed.json` beside it.
 *
 * Pictures arrive as `blob:` URLs of this page; `blob:` URLs in a request go along as bytes.
 *
 * @example
 * import { embedTessera } from 'https://tessera.example/client.js';
 *
 * const tessera = await embedTessera(document.body);
 * const answer = await tessera.images.generate({ model: 'seedream-4-5', prompt: 'a red apple' });
 * image.src = answer.data[0].url;
 *
 * @throws ApiError `engine_unavailable` when no page answers, or it does not know this origin; the signal's reason
 */
export async function embedTessera(element: Element, options: EmbedOptions = {}): Promise<EmbeddedTessera> {
  const { src = import.meta.url.replace(/[^/]*$/, 'embed.html'), title = 'Tessera', timeoutMs = 30_000 } = options;
  const frame = new EmbedFrame(element, { src: new URL(src, document.baseURI).href, title, timeoutMs });
  await frame.opened(options.signal);
  return new EmbeddedClient(frame, options.apiKey ?? 'sk_anyone');
}

class EmbeddedClient extends ApiClient implements EmbeddedTessera {
  readonly iframe: HTMLIFrameElement;
  readonly #frame: EmbedFrame;
  readonly #links = new Set<string>();

  constructor(frame: EmbedFrame, apiKey: string) {
    const baseUrl = new URL('.', frame.iframe.src).href;
    super({ baseUrl, apiKey, fetch: (input, init) => this.#ask(input, init) });
    this.iframe = frame.iframe;
    this.#frame = frame;
  }

  close(): void {
    this.#frame.close();
    for (const link of this.#links) URL.revokeObjectURL(link);
    this.#links.clear();
  }

  async #ask(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(atHome(input, this.baseUrl), init);
    if (!isGeneration(request)) return this.#frame.fetch(request);
    const response = await this.#frame.fetch(await withBlobsAsBytes(request));
    const { origin } = new URL(this.baseUrl);
    return localizedResponse(response, async (url) =>
      isDownload(url, origin) ? this.#take(url, request.signal) : url,
    );
  }

  /** A picture's bytes, kept here: the URL that the frame knows loads nothing in this page. */
  async #take(url: string, signal: AbortSignal): Promise<string> {
    const response = await this.#frame.fetch(url, { signal });
    if (!response.ok) return url;
    const link = URL.createObjectURL(await response.blob());
    this.#links.add(link);
    return link;
  }
}

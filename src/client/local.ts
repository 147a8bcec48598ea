/** Tessera in the engine's own page: the API, called directly, and the engine behind it. */
import { abortable, orCancelled } from '../api/abortable';
import type { CallHooks, ConsentQuestion, ModelDirectory, PolicyHook } from '../api/deps';
import { ApiError } from '../api/errors';
import { parseGenerateRequest } from '../api/schema';
import { checkSupport } from '../api/support';
import type { ReferenceFetch } from '../images/referenceSource';
import type { Budget } from '../ledger/budget';
import { ALIASES } from '../models/catalog';
import { createDirectory } from '../models/directory';
import type { DeviceChoice, WorkerInfo } from '../pipeline/job';
import type { OnProgress, ProgressEvent } from '../pipeline/progress';
import type { Account } from './account';
import { ApiClient } from './apiClient';
import { Drawing, type DrawingOptions } from './drawing';
import { atHome } from './home';
import { HostedKey } from './hostedKey';
import type { ModelLibrary, ModelListing } from './library';
import { linkInPage } from './links';
import { createAccount } from './pageAccount';
import { PageLibrary } from './pageLibrary';
import type { Parts } from './parts';
import type { Forecast, GenerateAnswer, GenerateOptions, GenerateRequest, Tessera } from './tessera';

export interface LocalOptions extends Omit<DrawingOptions, 'models'> {
  /** Where models are fetched from instead of their own hosts, for machines without the internet. */
  readonly mirrorUrl?: string | null;
  /** Fetches what the page may not: reference pictures of other hosts, the hosted service. */
  readonly outside?: ReferenceFetch;
  /** Limits on what pictures may take from the balance. */
  readonly budget?: Budget;
  /** Where the deployment lets prompts go; by default none leaves the machine. */
  readonly hosted?: HostedOptions | null;
  /** Whether any key may enter, or only those made in the studio. */
  readonly keys?: 'any' | 'known';
  /** The owner's say over what may be drawn. */
  readonly policy?: PolicyHook | null;
  /** How long a request runs on after its caller has gone; 0 by default, since in a page leaving is meant. */
  readonly graceMs?: number;
}

export interface HostedOptions {
  readonly origin: string;
  readonly askConsent: (question: ConsentQuestion) => Promise<boolean>;
  /** By default the key that the user keeps in this browser. */
  readonly apiKey?: () => Promise<string | null>;
}

/**
 * @example
 * const tessera = createLocalTessera({ device: 'auto', baseUrl: document.baseURI });
 * const answer = await tessera.generate({ model: 'pocket', prompt: 'a red apple on a blue background' });
 */
export function createLocalTessera(options: LocalOptions): Tessera {
  return new LocalTessera(new LocalApi(options));
}

/** The API over this page's engine. What stands behind the routes is loaded with the first request, or once the model is. */
class LocalApi {
  readonly baseUrl: string;
  readonly drawing: Drawing;
  readonly account: Account;
  readonly library: PageLibrary;
  readonly models: ModelDirectory;
  /** For the page itself, whatever keys its owner demands of others. */
  readonly ownKey = `sk_page_${crypto.getRandomValues(new Uint32Array(4)).join('')}`;
  readonly #options: LocalOptions;
  readonly #hostedKey: HostedKey | null;
  #parts: Promise<Parts> | null = null;
  #pending = () => 0;

  constructor(options: LocalOptions) {
    const { baseUrl, hosted, mirrorUrl = null } = options;
    this.baseUrl = new URL('./', baseUrl).href;
    this.#options = options;
    const library = new PageLibrary({ mirrorUrl, onFilesChanged: (id) => this.drawing.filesChanged(id) });
    this.library = library;
    this.models = createDirectory(() => library.list().map(shelved), ALIASES);
    this.drawing = new Drawing({ ...options, models: library });
    this.#hostedKey = hosted && !hosted.apiKey ? new HostedKey(hosted.origin, () => void this.#forgetConsent()) : null;
    this.account = createAccount(() => this.parts(), this.#hostedKey);
  }

  async fetch(request: Request, hooks: CallHooks = {}): Promise<Response> {
    const { api } = await this.parts();
    return api.fetch(request, hooks);
  }

  get pending(): number {
    return this.#pending();
  }

  parts(): Promise<Parts> {
    this.#parts ??= this.#open().catch((error: unknown) => {
      // The next request tries again.
      this.#parts = null;
      throw error;
    });
    return this.#parts;
  }

  close(): void {
    this.drawing.close();
    this.library.close();
  }

  async #open(): Promise<Parts> {
    const [{ openParts }] = await Promise.all([import('./parts'), this.library.known()]);
    const { outside = null, budget = {}, keys = 'any', hosted = null, policy = null, graceMs = 0 } = this.#options;
    const apiKey = hosted?.apiKey ?? (async () => this.#hostedKey?.read() ?? null);
    const parts = openParts({
      models: this.models,
      draw: (request, context) => this.drawing.draw(request, context),
      drawPreview: (request, signal) => this.drawing.preview(request, signal),
      ownKey: this.ownKey,
      outside,
      budget,
      keys,
      policy,
      api: { basePath: new URL(this.baseUrl).pathname, graceMs },
      hosted: hosted && { origin: hosted.origin, askConsent: hosted.askConsent, apiKey },
    });
    this.#pending = parts.pending;
    return parts;
  }

  async #forgetConsent(): Promise<void> {
    // What could not be opened has no consent to forget.
    (await this.#parts?.catch(() => null))?.forgetConsent();
  }
}

/** A model that is being checked still draws. */
function shelved({ entry, state }: ModelListing) {
  return { entry, isInstalled: ['embedded', 'complete', 'checking'].includes(state) };
}

class LocalTessera extends ApiClient implements Tessera {
  readonly account: Account;
  readonly library: ModelLibrary;
  readonly #api: LocalApi;

  constructor(api: LocalApi) {
    const linkTo = linkInPage(api.baseUrl);
    super({ baseUrl: api.baseUrl, apiKey: api.ownKey, fetch: directly(api, { linkTo }) });
    this.account = api.account;
    this.library = api.library;
    this.#api = api;
  }

  async ready(onProgress: OnProgress = () => {}): Promise<WorkerInfo> {
    const info = await this.#api.drawing.ready(onProgress);
    // So that the first picture does not have to wait for it. What fails here fails again when it is needed.
    this.#api.parts().catch(() => {});
    return info;
  }

  generate(request: GenerateRequest, options: GenerateOptions = {}): Promise<GenerateAnswer> {
    const { onProgress, previews = false, signal } = options;
    const hooks: CallHooks = {
      previews,
      onEvent: (event) => event.type === 'progress' && onProgress?.(event.event as ProgressEvent),
      linkTo: ({ blob }) => URL.createObjectURL(blob),
    };
    const { baseUrl, ownKey } = this.#api;
    const client = new ApiClient({ baseUrl, apiKey: ownKey, fetch: directly(this.#api, hooks) });
    return client.images.generate(request, signal ? { signal } : {});
  }

  async preview(request: GenerateRequest, { signal }: { readonly signal: AbortSignal }): Promise<Blob> {
    return orCancelled(async () => (await this.#api.parts()).preview(request, signal), signal);
  }

  get pending(): number {
    return this.#api.pending;
  }

  answer(request: Request): Promise<Response> {
    return this.#api.fetch(request);
  }

  forecast(input: GenerateRequest): Forecast {
    const request = parseGenerateRequest(input);
    const { models } = this.#api;
    const asked = models.find(request.model);
    if (!asked) throw new ApiError('invalid_parameter', `Unknown model '${request.model}'.`, 'model');
    const supported = checkSupport(request, asked);
    const server = models.serverOf(asked.id, { ...supported, references: 0, extensions: [], steps: request.steps });
    return this.#api.drawing.forecast({ modelId: server?.id ?? asked.id, ...supported });
  }

  useDevice(device: DeviceChoice): void {
    this.#api.drawing.useDevice(device);
  }

  close(): void {
    this.#api.close();
  }
}

/** As a `fetch` behaves: an aborted one rejects at once, whoever still works on it. */
function directly(api: LocalApi, hooks: CallHooks): typeof fetch {
  return async (input, init) => {
    const request = new Request(atHome(input, api.baseUrl), init);
    // Pictures of this page are not the API's to serve.
    if (!request.url.startsWith('http')) return fetch(request);
    request.signal.throwIfAborted();
    return abortable(api.fetch(request, hooks), request.signal);
  };
}

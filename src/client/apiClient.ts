/** The API, typed, over any `fetch`. */
import { ApiError } from '../api/errors';
import { readAnswer, readEvents } from './replies';
import type {
  Balance,
  Costs,
  GenerateAnswer,
  GenerateRequest,
  ModelInfo,
  ProgressOptions,
  RequestOptions,
  TesseraClient,
} from './tessera';

export interface ApiClientOptions {
  /** Ends in a slash. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly fetch: typeof fetch;
}

export class ApiClient implements TesseraClient {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly #apiKey: string;

  readonly images: TesseraClient['images'] = {
    generate: (request, options) => this.#generate(request, options),
  };

  readonly models: TesseraClient['models'] = {
    list: (options) => this.#get<readonly ModelInfo[]>('v2/models', options),
    retrieve: (id, options) => this.#get<ModelInfo>(`v2/models/${encodeURIComponent(id)}`, options),
  };

  readonly billing: TesseraClient['billing'] = {
    balance: (options) => this.#get<Balance>('v2/billing/balance', options),
    costs: ({ start, end }, options) => {
      const span = new URLSearchParams({ start: start.toISOString(), end: end.toISOString() });
      return this.#get<Costs>(`v2/billing/costs?${span}`, options);
    },
  };

  constructor({ baseUrl, apiKey, fetch }: ApiClientOptions) {
    this.baseUrl = baseUrl;
    this.#apiKey = apiKey;
    this.fetch = fetch;
  }

  async #generate(request: GenerateRequest, { onProgress, ...options }: ProgressOptions = {}): Promise<GenerateAnswer> {
    const body = JSON.stringify(onProgress ? { ...request, stream: true } : request);
    const headers = { 'content-type': 'application/json' };
    return this.#settle(options, async () => {
      const response = await this.#send('v2/images/generations', { method: 'POST', headers, body, ...options });
      return onProgress ? readEvents(response, onProgress) : readAnswer<GenerateAnswer>(response);
    });
  }

  #get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.#settle(options, async () => readAnswer<T>(await this.#send(path, options)));
  }

  #send(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#apiKey}` };
    return this.fetch(new URL(path, this.baseUrl).href, { ...init, headers });
  }

  /** Every failure leaves as an `ApiError`: of the API, of the caller's own cancelling, or of the way there. */
  async #settle<T>({ signal }: RequestOptions, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (signal?.aborted) throw new ApiError('cancelled', 'The request was cancelled.', null, { cause: error });
      const reason = error instanceof Error ? error.message : String(error);
      throw new ApiError('server_error', `No answer from ${this.baseUrl}: ${reason}`, null, { cause: error });
    }
  }
}

/** Composition point of the engine's own page: the API over the parts that draw, and Tessera as the page's code sees it. */
import type { ModelDirectory } from '../api/deps';
import { ApiError, toPlainError } from '../api/errors';
import { DEFAULT_QUALITY, MAX_SEED, type ParsedRequest, parseGenerateRequest } from '../api/schema';
import { checkSupport, type SupportedRequest } from '../api/support';
import { DrawingQueue } from '../jobs/queue';
import { models } from '../models/catalog';
import type { DeviceChoice, WorkerInfo } from '../pipeline/job';
import type { OnProgress, ProgressEvent } from '../pipeline/progress';
import { answerFor } from './answer';
import { ApiClient } from './apiClient';
import { Drawing, type DrawingOptions } from './drawing';
import type { Forecast, GenerateAnswer, GenerateOptions, GenerateRequest, Tessera } from './tessera';

export interface LocalOptions extends DrawingOptions {}

/**
 * @example
 * const tessera = createLocalTessera({ device: 'auto', baseUrl: document.baseURI });
 * const answer = await tessera.generate({ model: 'pocket', prompt: 'a red apple on a blue background' });
 */
export function createLocalTessera(options: LocalOptions): Tessera {
  return new LocalTessera(options);
}

class LocalTessera extends ApiClient implements Tessera {
  readonly #drawing: Drawing;
  readonly #engine: DrawingQueue;
  readonly #directory: ModelDirectory = models;

  constructor(options: LocalOptions) {
    super({ baseUrl: options.baseUrl, apiKey: 'sk_page', fetch: async () => new Response(null, { status: 503 }) });
    this.#drawing = new Drawing(options);
    this.#engine = new DrawingQueue((request, context) => this.#drawing.draw(request, context));
  }

  ready(onProgress: OnProgress = () => {}): Promise<WorkerInfo> {
    return this.#drawing.ready(onProgress);
  }

  async generate(
    input: GenerateRequest,
    { onProgress = () => {}, previews = false, signal = neverAborted() }: GenerateOptions = {},
  ): Promise<GenerateAnswer> {
    const { request, supported, server } = this.#check(input);
    const job = {
      model: server,
      prompt: request.prompt,
      negativePrompt: null,
      images: [],
      mask: null,
      seed: request.seed ?? randomSeed(),
      guidance: null,
      strength: null,
      ...supported,
      outputFormat: request.output_format ?? 'jpeg',
      quality: request.quality ?? DEFAULT_QUALITY,
      metadata: request.metadata ?? true,
      previews,
    } as const;
    try {
      const picture = await this.#engine.draw(job, {
        signal,
        onEvent: (event) => event.type === 'progress' && onProgress(event.event as ProgressEvent),
      });
      return answerFor(request.model, job, picture);
    } catch (error) {
      throw asApiError(error);
    }
  }

  forecast(input: GenerateRequest): Forecast {
    const { supported, server } = this.#check(input);
    return this.#drawing.forecast({ modelId: server.id, ...supported });
  }

  useDevice(device: DeviceChoice): void {
    this.#drawing.useDevice(device);
  }

  close(): void {
    this.#drawing.close();
  }

  /** Throws `ApiError` before anything is started. */
  #check(input: unknown) {
    const request: ParsedRequest = parseGenerateRequest(input);
    const asked = this.#directory.find(request.model);
    if (!asked) throw new ApiError('invalid_parameter', `Unknown model '${request.model}'.`, 'model');
    const supported: SupportedRequest = checkSupport(request, asked);
    const server = this.#directory.serverOf(asked.id, { references: 0, mask: false, ...supported });
    if (!server) throw new ApiError('invalid_parameter', 'No model here can do that.', 'model');
    return { request, supported, server };
  }
}

function randomSeed(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % (MAX_SEED + 1);
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** Errors of the page carry their code whatever threw them. */
function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { code, message, param } = toPlainError(error);
  return new ApiError(code, message, param, { cause: error });
}

/** Tessera in this page: checks a request, queues it, has it drawn, and answers as the hosted API does. */
import PQueue from 'p-queue';
import { ApiError, toPlainError } from '../api/errors';
import { DEFAULT_QUALITY, MAX_SEED, type ParsedRequest, parseGenerateRequest } from '../api/schema';
import { outputSize } from '../api/sizes';
import { checkSupport } from '../api/support';
import { planOutput, planTiles, type TileLimits } from '../diffusion/plan';
import { abortable } from '../jobs/abortable';
import { Engine } from '../jobs/engine';
import { Supervisor } from '../jobs/supervisor';
import { findModel } from '../models/catalog';
import type { ModelEntry } from '../models/types';
import type { DeviceChoice, GenerateJob, WorkerInfo } from '../pipeline/job';
import type { OnProgress } from '../pipeline/progress';
import { answerFor } from './answer';
import { describePlan } from './plan';
import { expectedMs, type Rates, ratesOf } from './rates';
import type { Forecast, GenerateAnswer, GenerateOptions, GenerateRequest, Tessera } from './tessera';

const DEFAULT_MODEL = 'pocket';

/** As files name it. Without a version: the same request gives the same bytes. */
const SOFTWARE = 'Tessera';

/** What a forecast reckons with until the device is known. */
const FORECAST_TILES: TileLimits = { largestTilePx: 1024, overlapCells: 0 };

export interface LocalOptions {
  readonly device: DeviceChoice;
  /** Where the app is served; models and runtime files lie below it. */
  readonly baseUrl: string;
  readonly verboseRuntime?: boolean;
}

/**
 * @example
 * const tessera = createLocalTessera({ device: 'auto', baseUrl: document.baseURI });
 * const answer = await tessera.generate({ model: 'pocket', prompt: 'a red apple on a blue background' });
 */
export function createLocalTessera(options: LocalOptions): Tessera {
  return new LocalTessera(options);
}

class LocalTessera implements Tessera {
  readonly #queue = new PQueue({ concurrency: 1 });
  readonly #supervisor: Supervisor;
  /** What the device can do, once its model is loaded. */
  #tiles: TileLimits = FORECAST_TILES;
  /** What the last picture took on this device. */
  #rates: Rates | null = null;

  constructor(options: LocalOptions) {
    this.#supervisor = new Supervisor(createEngine, {
      device: options.device,
      modelUrl: new URL(`models/${findModel(DEFAULT_MODEL).folder}/`, options.baseUrl).href,
      runtimeUrl: new URL('ort/', options.baseUrl).href,
      verboseRuntime: options.verboseRuntime ?? false,
    });
  }

  async ready(onProgress: OnProgress = () => {}): Promise<WorkerInfo> {
    const info = await this.#supervisor.ready(onProgress);
    this.#tiles = info.tiles;
    return info;
  }

  async generate(
    input: GenerateRequest,
    { onProgress = () => {}, previews = false, signal = neverAborted() }: GenerateOptions = {},
  ): Promise<GenerateAnswer> {
    const { request, model, job: planned } = plan(input);
    const job = { ...planned, previews };
    try {
      // Not p-queue's own signal: it would start the next job while the cancelled one still leaves the worker.
      const picture = await abortable(
        this.#queue.add(() => this.#supervisor.generate(job, { onProgress, signal })),
        signal,
      );
      this.#rates = ratesOf(picture, job);
      return answerFor(request.model, model, { job, picture });
    } catch (error) {
      throw asApiError(error);
    }
  }

  forecast(input: GenerateRequest): Forecast {
    const { job } = plan(input);
    const tiled = planTiles(job.plan, this.#tiles);
    return {
      width: tiled.widthPx,
      height: tiled.heightPx,
      plan: describePlan(tiled),
      expected_ms: this.#rates && expectedMs(this.#rates, tiled, job.steps),
    };
  }

  useDevice(device: DeviceChoice): void {
    this.#rates = null;
    this.#supervisor.reconfigure({ device });
  }

  close(): void {
    this.#supervisor.restart(new ApiError('cancelled', 'Tessera was closed.'));
  }
}

interface Planned {
  readonly request: ParsedRequest;
  readonly model: ModelEntry;
  readonly job: Omit<GenerateJob, 'previews'>;
}

/** Checks a request and lays out the work. Throws `ApiError` before anything is started. */
function plan(input: unknown): Planned {
  const request = parseGenerateRequest(input);
  const model = findModel(request.model);
  const { aspectRatio, resolution, steps } = checkSupport(request, model);
  const route = model.routes[resolution];
  if (!route) throw new ApiError('server_error', `Model '${model.id}' lists ${resolution} but has no way to it.`);
  const size = outputSize(aspectRatio, resolution);
  const drawn = { prompt: request.prompt, seed: request.seed ?? randomSeed(), steps };
  const parameters = { ...drawn, model: model.id, aspectRatio, resolution, ...size, software: SOFTWARE };
  const job = {
    ...drawn,
    plan: planOutput(size, model.grid, route),
    largestTilePx: null,
    outputFormat: request.output_format ?? 'jpeg',
    quality: request.quality ?? DEFAULT_QUALITY,
    parameters: (request.metadata ?? true) ? parameters : null,
  };
  return { request, model, job };
}

function createEngine(): Engine {
  // Written out in one expression: that is what the bundler recognises as a worker to build.
  return new Engine(new Worker(new URL('../../workers/generate.worker.ts', import.meta.url), { type: 'module' }));
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

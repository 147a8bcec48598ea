/** Tessera in this page: checks a request, queues it, has it drawn, and answers as the hosted API does. */
import PQueue from 'p-queue';
import { ApiError, toPlainError } from '../api/errors';
import { MAX_SEED, type ParsedRequest, parseGenerateRequest } from '../api/schema';
import { outputSize } from '../api/sizes';
import { checkSupport } from '../api/support';
import { planOutput } from '../diffusion/plan';
import { abortable } from '../jobs/abortable';
import { Engine } from '../jobs/engine';
import { Supervisor } from '../jobs/supervisor';
import { findModel } from '../models/catalog';
import type { ModelEntry } from '../models/types';
import type { DeviceChoice, GenerateJob } from '../pipeline/job';
import { answerFor } from './answer';
import type { GenerateOptions, Tessera } from './tessera';

const DEFAULT_MODEL = 'pocket';

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
  const queue = new PQueue({ concurrency: 1 });
  const supervisor = new Supervisor(createEngine, {
    device: options.device,
    modelUrl: new URL(`models/${findModel(DEFAULT_MODEL).folder}/`, options.baseUrl).href,
    runtimeUrl: new URL('ort/', options.baseUrl).href,
    verboseRuntime: options.verboseRuntime ?? false,
  });
  return {
    ready: (onProgress = () => {}) => supervisor.ready(onProgress),
    useDevice: (device) => supervisor.reconfigure({ device }),
    close: () => supervisor.restart(new ApiError('cancelled', 'Tessera was closed.')),
    async generate(input, { onProgress = () => {}, previews = false, signal = neverAborted() }: GenerateOptions = {}) {
      const request = parseGenerateRequest(input);
      const model = findModel(request.model);
      const job = { ...planJob(request, model), previews };
      try {
        // Not p-queue's own signal: it would start the next job while the cancelled one still leaves the worker.
        const picture = await abortable(
          queue.add(() => supervisor.generate(job, { onProgress, signal })),
          signal,
        );
        return answerFor(request.model, model, { job, picture });
      } catch (error) {
        throw asApiError(error);
      }
    },
  };
}

/** Checks a request against its model and lays out the work. Throws `ApiError` before anything is started. */
function planJob(request: ParsedRequest, model: ModelEntry): Omit<GenerateJob, 'previews'> {
  const { aspectRatio, resolution, steps } = checkSupport(request, model);
  return {
    prompt: request.prompt,
    seed: request.seed ?? randomSeed(),
    steps,
    plan: planOutput(outputSize(aspectRatio, resolution), model.grid, model.upscalePasses[resolution] ?? 0),
    outputFormat: request.output_format ?? 'jpeg',
  };
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

/** From a checked request to a picture: lays out the work, has the worker do it, and tells what really happened. */
import { abortable } from '../api/abortable';
import type { DrawEvent, DrawnPicture, DrawRequest } from '../api/deps';
import { ApiError, type ErrorCode } from '../api/errors';
import { type AspectRatio, outputSize, type Resolution } from '../api/sizes';
import { type OutputPlan, planOutput, planTiles, type TileLimits, withoutDoublings } from '../diffusion/plan';
import { Engine } from '../jobs/engine';
import type { DrawOptions } from '../jobs/queue';
import { Supervisor } from '../jobs/supervisor';
import type { ModelEntry, PublishedWeights } from '../models/types';
import type { DeviceChoice, GenerateJob, Picture, PublishedModel, WorkerInfo } from '../pipeline/job';
import type { OnProgress, Preview } from '../pipeline/progress';
import { describePlan } from './plan';
import { expectedMs, type Rates, ratesOf } from './rates';
import type { Forecast } from './tessera';

/** Loaded before anybody asks, and what the command line draws with. */
const DEFAULT_MODEL = 'pocket';

/** As files name it. Without a version: the same request gives the same bytes. */
const SOFTWARE = 'Tessera';

/** What a forecast reckons with until the device is known. */
const FORECAST_TILES: TileLimits = { largestTilePx: 1024, overlapCells: 0 };

/** Where models that were published elsewhere come from. */
export interface DrawingModels {
  /** Throws `invalid_parameter` on `model`. */
  entry(id: string): ModelEntry;
  /** The files of a model that is on this machine, by path. Throws `weights_missing`. */
  open(id: string): Promise<ReadonlyMap<string, Blob>>;
  /** Reads all files of a model again, and repairs what is damaged. */
  check(id: string): Promise<{ readonly repairedChunks: number }>;
}

export interface DrawingOptions {
  readonly device: DeviceChoice;
  /** Where the app is served; models and runtime files lie below it. */
  readonly baseUrl: string;
  readonly models: DrawingModels;
  readonly verboseRuntime?: boolean;
}

/** What damaged weights look like from here. */
const SUSPICIOUS: ReadonlySet<ErrorCode> = new Set(['bad_output', 'server_error', 'weights_damaged']);

/** What a forecast depends on. */
export interface Layout {
  readonly modelId: string;
  readonly aspectRatio: AspectRatio;
  readonly resolution: Resolution;
  readonly steps: number;
}

/** What a worker was started with, or would be. */
interface LoadedModel {
  readonly id: string;
  /** All that is said of its weights: an added model may be replaced under its id. */
  readonly weights: string;
}

export class Drawing {
  readonly #supervisor: Supervisor;
  readonly #baseUrl: string;
  readonly #models: DrawingModels;
  readonly #closing = new AbortController();
  /** In the worker; null where its files have changed. */
  #loaded: LoadedModel | null;
  /** How often files of a model were said to have changed. */
  #changes = 0;
  /** What the device can do, once its model is loaded. */
  #tiles: TileLimits = FORECAST_TILES;
  /** What the last picture took on this device. */
  #rates: Rates | null = null;

  constructor({ device, baseUrl, models, verboseRuntime = false }: DrawingOptions) {
    this.#baseUrl = baseUrl;
    this.#models = models;
    this.#loaded = loadedFrom(models.entry(DEFAULT_MODEL));
    this.#supervisor = new Supervisor(createEngine, {
      device,
      modelUrl: new URL(`models/${DEFAULT_MODEL}/`, baseUrl).href,
      runtimeUrl: new URL('ort/', baseUrl).href,
      verboseRuntime,
    });
  }

  async ready(onProgress: OnProgress): Promise<WorkerInfo> {
    const info = await this.#supervisor.ready(onProgress);
    this.#tiles = info.tiles;
    return info;
  }

  async draw(request: DrawRequest, { signal: asked, onEvent }: DrawOptions): Promise<DrawnPicture> {
    const signal = this.#untilClosed(asked);
    const entry = this.#models.entry(request.model.id);
    const job = jobFor(request, entry);
    const picture = await this.#mended(entry, signal, async () => {
      await this.#use(entry, signal);
      return this.#supervisor.generate(job, { onProgress: progressTo(onEvent), signal });
    });
    this.#rates = ratesOf(picture, job);
    return {
      blob: picture.blob,
      widthPx: picture.widthPx,
      heightPx: picture.heightPx,
      report: {
        plan: describePlan(picture.plan),
        device: picture.device,
        timings_ms: picture.timingsMs,
        session_runs_ms: picture.sessionRunsMs,
      },
    };
  }

  /** As large as it is drawn, without what follows. No other model goes for it. */
  async preview(request: DrawRequest, asked: AbortSignal): Promise<Blob> {
    const signal = this.#untilClosed(asked);
    const entry = this.#models.entry(request.model.id);
    if (!this.#isLoaded(entry)) throw new ApiError('cancelled', 'Another model is in use.');
    const job = jobFor(request, entry);
    const small = { ...job, plan: withoutDoublings(job.plan) };
    return (await this.#supervisor.generate(small, { onProgress: () => {}, signal })).blob;
  }

  forecast({ modelId, aspectRatio, resolution, steps }: Layout): Forecast {
    const tiled = planTiles(planFor(this.#models.entry(modelId), aspectRatio, resolution), this.#tiles);
    return {
      width: tiled.widthPx,
      height: tiled.heightPx,
      plan: describePlan(tiled),
      expected_ms: this.#rates && expectedMs(this.#rates, tiled, steps),
    };
  }

  useDevice(device: DeviceChoice): void {
    this.#rates = null;
    this.#supervisor.reconfigure({ device });
  }

  /** The files of a model are others than they were: the next picture with it opens them anew. */
  filesChanged(id: string): void {
    this.#changes += 1;
    if (this.#loaded?.id === id) this.#loaded = null;
  }

  /** Ends the worker. What is pending and all that comes after it is rejected. */
  close(): void {
    const closed = new ApiError('cancelled', 'Tessera was closed.');
    this.#closing.abort(closed);
    this.#supervisor.close(closed);
  }

  /** Throws where either has fired. */
  #untilClosed(signal: AbortSignal): AbortSignal {
    const either = AbortSignal.any([signal, this.#closing.signal]);
    either.throwIfAborted();
    return either;
  }

  #isLoaded(entry: ModelEntry): boolean {
    const { id, weights } = loadedFrom(entry);
    return this.#loaded?.id === id && this.#loaded.weights === weights;
  }

  /** One model is loaded at a time: two would not fit on many devices. A cancelled job leaves the one that is. */
  async #use(entry: ModelEntry, signal: AbortSignal): Promise<void> {
    if (this.#isLoaded(entry)) return;
    const { weights } = entry;
    const changes = this.#changes;
    const published =
      weights.type === 'published' ? await abortable(this.#publishedModel(entry, weights), signal) : null;
    // What changed meanwhile may have been opened before: then the next picture opens it again.
    this.#loaded = changes === this.#changes ? loadedFrom(entry) : null;
    this.#rates = null;
    this.#supervisor.reconfigure({ published });
  }

  /** Files are only read in full when something points at them: a graph that cannot be loaded, or nonsense drawn. */
  async #mended(entry: ModelEntry, signal: AbortSignal, draw: () => Promise<Picture>): Promise<Picture> {
    try {
      return await draw();
    } catch (error) {
      const isSuspect = error instanceof ApiError && SUSPICIOUS.has(error.code) && !signal.aborted;
      if (!isSuspect || entry.weights.type === 'embedded') throw error;
      const { repairedChunks } = await abortable(this.#models.check(entry.id), signal);
      if (repairedChunks === 0) throw error;
      this.filesChanged(entry.id);
      return draw();
    }
  }

  async #publishedModel({ id }: ModelEntry, { spec, revision, memory }: PublishedWeights): Promise<PublishedModel> {
    const clipMergesUrl = new URL('tokenizers/clip-merges.txt', this.#baseUrl).href;
    return { id, revision, spec, memory, clipMergesUrl, files: await this.#models.open(id) };
  }
}

function loadedFrom({ id, weights }: ModelEntry): LoadedModel {
  return { id, weights: JSON.stringify(weights) };
}

function jobFor({ model, aspectRatio, resolution, ...asked }: DrawRequest, entry: ModelEntry): GenerateJob {
  const { prompt, negativePrompt, seed, steps, images, mask } = asked;
  const guidance = asked.guidance ?? entry.defaults.guidance;
  const strength = asked.strength ?? entry.defaults.strength ?? 1;
  const [first] = images;
  const size = outputSize(aspectRatio, resolution);
  const drawn = { prompt, seed, steps };
  const parameters = { ...drawn, model: model.id, aspectRatio, resolution, ...size, software: SOFTWARE };
  return {
    ...drawn,
    negativePrompt,
    guidance,
    start: entry.images === 'start' && first ? { picture: first, mask, strength } : null,
    references: entry.images === 'references' ? images : [],
    plan: planFor(entry, aspectRatio, resolution),
    largestTilePx: null,
    outputFormat: asked.outputFormat,
    quality: asked.quality,
    parameters: asked.metadata ? parameters : null,
    previews: asked.previews,
  };
}

function planFor(model: ModelEntry, aspectRatio: AspectRatio, resolution: Resolution): OutputPlan {
  const route = model.routes[resolution];
  if (!route) throw new ApiError('server_error', `Model '${model.id}' lists ${resolution} but has no way to it.`);
  return planOutput(outputSize(aspectRatio, resolution), model.grid, route);
}

/** All that the pipeline tells goes on as it is; a preview also becomes a picture, for those who ask for one. */
function progressTo(onEvent: (event: DrawEvent) => void): OnProgress {
  return (event) => {
    onEvent({ type: 'progress', event });
    if (event.type !== 'step' || !event.preview) return;
    const { step, steps, preview } = event;
    onEvent({ type: 'preview', step, steps, blob: () => encodePreview(preview) });
  };
}

/** PNG: previews are a few hundred pixels wide, and streams of the hosted kind carry them so. */
async function encodePreview({ widthPx, heightPx, rgba }: Preview): Promise<Blob> {
  const canvas = new OffscreenCanvas(widthPx, heightPx);
  canvas.getContext('2d')?.putImageData(new ImageData(rgba, widthPx, heightPx), 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

function createEngine(): Engine {
  // Written out in one expression: that is what the bundler recognises as a worker to build.
  return new Engine(new Worker(new URL('../../workers/generate.worker.ts', import.meta.url), { type: 'module' }));
}

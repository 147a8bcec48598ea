/**
 * Tessera as code sees it. Requests and answers are the hosted API's, with Tessera's own fields after them; in the page
 * that has the engine, a caller can also follow and steer it.
 */
import type { AspectRatio, Resolution } from '../api/sizes';
import type { Device, DeviceChoice, OutputFormat, TimingsMs, WorkerInfo } from '../pipeline/job';
import type { OnProgress } from '../pipeline/progress';
import type { Account } from './account';
import type { ModelLibrary } from './library';

/** A picture to start from. */
export interface ReferenceImage {
  /** An https, `data:` or `blob:` URL of a PNG, JPEG or WebP of at most 10 MiB. */
  readonly url: string;
  readonly role?: 'reference_image';
}

/** A request for pictures. Anything wrong with it is an `ApiError` naming `param`. */
export interface GenerateRequest {
  /** An id that `models.list` knows: `pocket`, or `seedream-4-5` for code written for the hosted API. */
  readonly model: string;
  /** 1 to 4096 characters. */
  readonly prompt: string;
  readonly images?: readonly ReferenceImage[];
  /** The first one that the model lists, when not given. */
  readonly aspect_ratio?: AspectRatio;
  /** The first one that the model lists, when not given. */
  readonly resolution?: Resolution;
  /** `jpeg` when not given. */
  readonly output_format?: OutputFormat;

  // From here on Tessera's own. Left out, the request is one that the hosted API takes too.

  /** 0 … 2^32 - 1. The same request with the same seed gives the same picture. */
  readonly seed?: number;
  readonly steps?: number;
  readonly negative_prompt?: string;
  readonly guidance?: number;
  /** How far from the first of `images` to go, above 0 and up to 1. */
  readonly strength?: number;
  /** Pictures to draw, one after the other; 1 by default. */
  readonly n?: number;
  /** A URL as of `images`: where it is transparent, the first of them is painted anew. */
  readonly mask?: string;
  /** Of jpeg and webp, 1 … 100; 92 by default. */
  readonly quality?: number;
  /** Whether the file tells prompt, seed, model, size and software; true by default. */
  readonly metadata?: boolean;
  /** Who draws: this machine (the default), the hosted service with your own key, or it only where this one cannot. */
  readonly engine?: 'local' | 'hosted' | 'auto';
}

export interface AnswerImage {
  /** Loads where it is read; a `blob:` URL inside pages. */
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly mime_type: string;
  /** ISO 8601. */
  readonly deletes_at: string;
}

/** How a picture is made, in pixels: drawn at the native size, doubled, painted by tiles. */
export interface AnswerPlan {
  readonly native_width: number;
  readonly native_height: number;
  /** Doublings of the latent. */
  readonly refine_passes: number;
  /** Doublings by super-resolution. */
  readonly upscale_passes: number;
  readonly tiles: number;
  readonly tile_size: number;
  /** What neighbouring tiles share and cross-fade over. */
  readonly tile_overlap: number;
}

/** What an answer cost, in USD. */
export interface Usage {
  readonly billable_unit: 'image';
  readonly quantity: number;
  readonly unit_price: number;
  readonly total_cost: number;
}

/** The hosted API's answer and, after `usage`, what really happened. */
export interface GenerateAnswer {
  readonly id: string;
  readonly status: 'completed';
  /** The id that was asked for. */
  readonly model: string;
  readonly data: readonly AnswerImage[];
  readonly usage: Usage;
  readonly seed: number;
  readonly steps: number;
  /** The model that really drew. */
  readonly served_by: string;
  /** Decimal text in USD: what the hosted service would have charged, less what was. */
  readonly money_not_spent: string;
  readonly plan: AnswerPlan;
  readonly device: Device;
  readonly timings_ms: TimingsMs;
  /** Milliseconds inside ONNX session runs alone. */
  readonly session_runs_ms: number;
}

/** A model, as `GET /v2/models` tells it. Of ratios and resolutions the first is used when a request names none. */
export interface ModelInfo {
  readonly id: string;
  readonly name: string;
  readonly type: 'image';
  readonly created_at: string;
  readonly supported_aspect_ratios: readonly AspectRatio[];
  readonly supported_resolutions: readonly Resolution[];
  readonly supported_durations: readonly number[];
  /** How many pictures of each role a request may bring. */
  readonly supported_references: { readonly reference_image?: number };
  readonly supports_sound: boolean;
  readonly pricing: { readonly currency: 'USD'; readonly rates: readonly Rate[] };
  /** Of models that draw on this machine; an alias of the hosted service has none of these. */
  readonly installed?: boolean;
  readonly size_bytes?: number | null;
  readonly licence?: string;
}

export interface Rate {
  readonly billable_unit: 'image';
  /** Null stands for every resolution. */
  readonly resolution: Resolution | null;
  readonly sound: 'not_applicable';
  /** Decimal text. */
  readonly unit_price: string;
}

export interface Balance {
  /** Decimal text. */
  readonly balance: string;
  readonly currency: 'USD';
}

export interface Costs {
  readonly currency: 'USD';
  readonly data: readonly { readonly date: string; readonly cost: number }[];
  readonly start: string;
  readonly end: string;
  readonly total_cost: number;
}

/** What a running request tells. */
export type GenerateProgress =
  /** Jobs ahead of this one; 0 is running. */
  | { readonly type: 'queued'; readonly position: number }
  /** What the picture looks like after a step. */
  | { readonly type: 'preview'; readonly index: number; readonly image: Blob };

export interface RequestOptions {
  /** Aborting it cancels the job; the call then fails with `cancelled`. */
  readonly signal?: AbortSignal;
}

export interface ProgressOptions extends RequestOptions {
  readonly onProgress?: (progress: GenerateProgress) => void;
}

/** The API, typed. Every failure is an `ApiError`. */
export interface TesseraClient {
  /** Where the API is; what an SDK takes as its base URL (with `v1` after it for OpenAI's). */
  readonly baseUrl: string;
  /** A `fetch` that answers the API's routes, for any SDK that takes one. */
  readonly fetch: typeof fetch;
  readonly images: {
    generate(request: GenerateRequest, options?: ProgressOptions): Promise<GenerateAnswer>;
  };
  readonly models: {
    list(options?: RequestOptions): Promise<readonly ModelInfo[]>;
    retrieve(id: string, options?: RequestOptions): Promise<ModelInfo>;
  };
  readonly billing: {
    balance(options?: RequestOptions): Promise<Balance>;
    /** What was spent in a span of at most 180 days, by day (UTC). */
    costs(span: { readonly start: Date; readonly end: Date }, options?: RequestOptions): Promise<Costs>;
  };
}

/** What a request would lead to. */
export interface Forecast {
  readonly width: number;
  readonly height: number;
  readonly plan: AnswerPlan;
  /** From the times of the last picture on this device; null before there was one. */
  readonly expected_ms: number | null;
}

export interface GenerateOptions {
  /** Everything the pipeline tells, pixels of previews and tiles included. */
  readonly onProgress?: OnProgress;
  readonly previews?: boolean;
  readonly signal?: AbortSignal;
}

/** In the page that has the engine. */
export interface Tessera extends TesseraClient {
  readonly account: Account;
  /** The models of this browser: got, paused, checked, removed. */
  readonly library: ModelLibrary;
  /** Loads weights and sessions; `generate` does so by itself when needed. */
  ready(onProgress?: OnProgress): Promise<WorkerInfo>;
  /** As `images.generate`, with the pipeline's own progress. The `blob:` URL of the answer is the caller's to revoke. */
  generate(request: GenerateRequest, options?: GenerateOptions): Promise<GenerateAnswer>;
  /**
   * A first look at what a request would give, as large as the model draws: neither billed nor kept. It gives way to
   * every picture that is asked for, and to the next preview, and fails with `cancelled` then.
   */
  preview(request: GenerateRequest, options: { readonly signal: AbortSignal }): Promise<Blob>;
  /** Jobs waiting or running. */
  readonly pending: number;
  /** The API as carriers serve it to other places: with links that they bring the pictures for. */
  answer(request: Request): Promise<Response>;
  /** What a request would lead to, without any work. Throws as `generate` would. */
  forecast(request: GenerateRequest): Forecast;
  /** Switches the device for the jobs to come; the worker restarts. */
  useDevice(device: DeviceChoice): void;
  /** Ends the worker and rejects what is pending. */
  close(): void;
}

/** What a caller of Tessera sees: requests in, the hosted API's answer out, plus what a tab can add. */
import type { AspectRatio, Resolution } from '../api/sizes';
import type { Device, DeviceChoice, OutputFormat, TimingsMs, WorkerInfo } from '../pipeline/job';
import type { OnProgress } from '../pipeline/progress';

/** The hosted request, with the extensions from `seed` on. Anything wrong is an `ApiError` naming `param`. */
export interface GenerateRequest {
  readonly model: string;
  readonly prompt: string;
  readonly aspect_ratio?: AspectRatio;
  readonly resolution?: Resolution;
  readonly output_format?: OutputFormat;
  readonly seed?: number;
  readonly steps?: number;
  /** Of jpeg and webp, 1 … 100; 92 by default. */
  readonly quality?: number;
  /** Whether the file tells prompt, seed, model, size and software; true by default. */
  readonly metadata?: boolean;
}

export interface AnswerImage {
  /** A `blob:` URL of the page; revoke it when the picture is removed. */
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

/** What a request would lead to. */
export interface Forecast {
  readonly width: number;
  readonly height: number;
  readonly plan: AnswerPlan;
  /** From the times of the last picture on this device; null before there was one. */
  readonly expected_ms: number | null;
}

/** The hosted API's answer and, after `usage`, what really happened. */
export interface GenerateAnswer {
  readonly id: string;
  readonly status: 'completed';
  readonly model: string;
  readonly data: readonly AnswerImage[];
  readonly usage: {
    readonly billable_unit: 'image';
    readonly quantity: number;
    readonly unit_price: number;
    readonly total_cost: number;
  };
  readonly seed: number;
  readonly steps: number;
  readonly served_by: string;
  readonly plan: AnswerPlan;
  readonly device: Device;
  readonly timings_ms: TimingsMs;
  /** Milliseconds inside ONNX session runs alone. */
  readonly session_runs_ms: number;
}

export interface GenerateOptions {
  readonly onProgress?: OnProgress;
  readonly previews?: boolean;
  readonly signal?: AbortSignal;
}

export interface Tessera {
  /** Loads weights and sessions; `generate` does so by itself when needed. */
  ready(onProgress?: OnProgress): Promise<WorkerInfo>;
  generate(request: GenerateRequest, options?: GenerateOptions): Promise<GenerateAnswer>;
  /** What a request would lead to, without any work. Throws as `generate` would. */
  forecast(request: GenerateRequest): Forecast;
  /** Switches the device for the jobs to come; the worker restarts. */
  useDevice(device: DeviceChoice): void;
  /** Ends the worker and rejects what is pending. */
  close(): void;
}

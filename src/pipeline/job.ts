/** The job a worker runs and the picture it returns. Plain, cloneable data on both sides of the boundary. */
import type { OutputPlan, TiledPlan, TileLimits } from '../diffusion/plan';
import type { PictureParameters } from '../images/parameters';
import type { ModelSpec } from '../models/spec';
import type { Memory } from '../models/types';
import type { Device, DeviceChoice } from '../runtime/choice';
import type { Stage } from './progress';

export type { Device, DeviceChoice, OutputPlan, PictureParameters, TiledPlan, TileLimits };

/** A picture that comes with a job: upright, straight alpha, sRGB. */
export interface JobPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type OutputFormat = 'png' | 'jpeg' | 'webp';

export interface GenerateJob {
  readonly prompt: string;
  /** What the picture is steered away from; null for nothing. */
  readonly negativePrompt: string | null;
  /** Scale of classifier-free guidance; null leaves it to the model. */
  readonly guidance: number | null;
  /** Drawn from instead of from noise; null for none. */
  readonly start: StartPicture | null;
  /** Pictures that the model looks at while it draws. */
  readonly references: readonly JobPicture[];
  /** 0 … 2^32 - 1 */
  readonly seed: number;
  readonly steps: number;
  readonly plan: OutputPlan;
  /** Tiles of the output may not be longer, whatever the device could do; null leaves it to the device. */
  readonly largestTilePx: number | null;
  readonly outputFormat: OutputFormat;
  /** Of jpeg and webp, 1 … 100. */
  readonly quality: number;
  /** What the file tells about itself; null for nothing. */
  readonly parameters: PictureParameters | null;
  /** Decode a preview after each step; costs one small decoder run a step. */
  readonly previews: boolean;
}

export interface StartPicture {
  readonly picture: JobPicture;
  /** As large as the picture; where it is transparent the picture is drawn anew. Null draws all of it anew. */
  readonly mask: JobPicture | null;
  /** How far to go from it, above 0 … 1. */
  readonly strength: number;
}

export type TimingsMs = Readonly<Partial<Record<Stage, number>>>;

export interface Picture {
  readonly blob: Blob;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly device: Device;
  /** How it was made. */
  readonly plan: TiledPlan;
  /** Milliseconds per stage; wall time, previews included in `denoise`. */
  readonly timingsMs: TimingsMs;
  /** Milliseconds inside ONNX session runs alone: what is not in here is the pipeline's own cost. */
  readonly sessionRunsMs: number;
}

/** The files and constants of a model that was published elsewhere. */
export interface PublishedModel {
  readonly id: string;
  readonly revision: string;
  readonly spec: ModelSpec;
  /** By path. */
  readonly files: ReadonlyMap<string, Blob>;
  /** Vocabulary of CLIP's tokenizer. */
  readonly clipMergesUrl: string;
  /** `staged`: one graph at a time is on the GPU. */
  readonly memory: Memory;
}

/** How the worker is started. URLs are absolute. */
export interface WorkerOptions {
  readonly device: DeviceChoice;
  /** Folder of the embedded model. */
  readonly modelUrl: string;
  /** A model that was published elsewhere, to be drawn with instead. */
  readonly published?: PublishedModel | null;
  readonly runtimeUrl: string;
  /** Verbose node placement on the console, for tests and bug reports. */
  readonly verboseRuntime: boolean;
}

export interface WorkerInfo {
  readonly device: Device;
  /** Why this device: adapter description, or what is missing. */
  readonly deviceReason: string;
  readonly modelRevision: string;
  /** What limits the tiles of this model on this device. */
  readonly tiles: TileLimits;
  readonly timingsMs: TimingsMs;
  /** True when the weights could not be stored and live in memory only. */
  readonly weightsInMemory: boolean;
}

/** What a job tells while it runs. Plain data: it crosses the worker boundary as it is. */

import type { TiledPlan } from '../diffusion/plan';

export const STAGES = ['weights', 'sessions', 'text', 'denoise', 'refine', 'decode', 'upscale', 'encode'] as const;
export type Stage = (typeof STAGES)[number];

/** A small picture of what the model sees so far, ready for `putImageData`. */
export interface Preview {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type NoticeCode = 'storage_unavailable' | 'no_webgpu' | 'software_gpu' | 'prompt_truncated';

/** A finished tile, `scale` times smaller, and its place in a preview of the whole picture. */
export interface TileEvent {
  readonly type: 'tile';
  readonly left: number;
  readonly top: number;
  readonly scale: number;
  readonly preview: Preview;
  readonly whole: { readonly widthPx: number; readonly heightPx: number };
}

export type ProgressEvent =
  | { readonly type: 'stage'; readonly stage: Stage; readonly fraction: number }
  | {
      readonly type: 'weights';
      readonly loadedBytes: number;
      readonly totalBytes: number;
      /** `repair`: a stored chunk was damaged and is fetched again. */
      readonly source: 'network' | 'cache' | 'repair';
    }
  /** What is about to be drawn: told once a job, and again when it starts over in smaller tiles. */
  | { readonly type: 'plan'; readonly plan: TiledPlan }
  | { readonly type: 'step'; readonly step: number; readonly steps: number; readonly preview: Preview | null }
  | TileEvent
  /** The middle of the finished picture, a small square: to make one in the page would decode the whole file there. */
  | { readonly type: 'thumbnail'; readonly thumbnail: Preview }
  | { readonly type: 'notice'; readonly code: NoticeCode; readonly message: string };

export type OnProgress = (event: ProgressEvent) => void;

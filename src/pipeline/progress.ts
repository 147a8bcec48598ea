/** What a job tells while it runs. Plain data: it crosses the worker boundary as it is. */

export const STAGES = ['weights', 'sessions', 'text', 'denoise', 'decode', 'upscale', 'encode'] as const;
export type Stage = (typeof STAGES)[number];

/** A small picture of what the model sees so far, ready for `putImageData`. */
export interface Preview {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type NoticeCode = 'storage_unavailable' | 'no_webgpu' | 'software_gpu' | 'prompt_truncated';

export type ProgressEvent =
  | { readonly type: 'stage'; readonly stage: Stage; readonly fraction: number }
  | {
      readonly type: 'weights';
      readonly loadedBytes: number;
      readonly totalBytes: number;
      /** `repair`: a stored chunk was damaged and is fetched again. */
      readonly source: 'network' | 'cache' | 'repair';
    }
  | { readonly type: 'step'; readonly step: number; readonly steps: number; readonly preview: Preview | null }
  | { readonly type: 'notice'; readonly code: NoticeCode; readonly message: string };

export type OnProgress = (event: ProgressEvent) => void;

/** A model as one data file: what it is called, what it can do, what it costs. */
import type { AspectRatio, Resolution } from '../api/sizes';

export interface ModelEntry {
  readonly id: string;
  readonly name: string;
  readonly family: 'pocket';
  /** Folder of the manifest below `models/`. */
  readonly folder: string;
  readonly licence: string;
  /** In default order: the first one is used when a request names none. */
  readonly aspectRatios: readonly AspectRatio[];
  readonly resolutions: readonly Resolution[];
  readonly maxReferences: number;
  readonly steps: { readonly default: number; readonly min: number; readonly max: number };
  readonly grid: { readonly latentDownscale: number; readonly gridMultiple: number };
  /** How each resolution is reached: doublings of the latent (re-noised and denoised by tiles), then of the pixels. */
  readonly routes: Readonly<
    Partial<Record<Resolution, { readonly refinePasses: number; readonly upscalePasses: number }>>
  >;
  readonly unitPriceUsd: string;
}

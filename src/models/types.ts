/** A model as one data file: what it is called, what it can do, what it costs. */
import type { ModelCard } from '../api/deps';
import type { Resolution } from '../api/sizes';

export interface ModelEntry extends ModelCard {
  readonly family: 'pocket';
  /** Folder of the manifest below `models/`. */
  readonly folder: string;
  readonly licence: string;
  readonly grid: { readonly latentDownscale: number; readonly gridMultiple: number };
  /** How each resolution is reached: doublings of the latent (re-noised and denoised by tiles), then of the pixels. */
  readonly routes: Readonly<
    Partial<Record<Resolution, { readonly refinePasses: number; readonly upscalePasses: number }>>
  >;
  /** Of all models that can do a request, the one with the highest rank draws for an alias. */
  readonly rank: number;
}

/** An id of the hosted API that installed models draw for; how many steps and which extensions is theirs to say. */
export type ModelAlias = Omit<ModelCard, 'steps' | 'extensions'>;

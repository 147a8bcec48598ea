/** A model as one data file: what it is called, what it can do, what it costs, where its weights are. */
import type { ModelCard } from '../api/deps';
import type { Resolution } from '../api/sizes';
import type { ModelSpec } from './spec';

/** Part of the product; its manifest lies in `models/{folder}/`. */
export interface EmbeddedWeights {
  readonly type: 'embedded';
  readonly folder: string;
}

/** `resident`: all graphs stay on the GPU. `staged`: one goes before the next comes, for models that few GPUs hold whole. */
export type Memory = 'resident' | 'staged';

/** Where its authors host it, unchanged. */
export interface PublishedWeights {
  readonly type: 'published';
  /** A commit, so that the bytes stay the same; a branch only where nobody has said which commit. */
  readonly revision: string;
  /** What paths are below; ends with a slash. */
  readonly baseUrl: string;
  readonly files: readonly PublishedFile[];
  readonly spec: ModelSpec;
  readonly memory: Memory;
}

export interface PublishedFile {
  readonly path: string;
  /** Null where nobody has said; learned with the first download. */
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
}

export interface Licence {
  readonly name: string;
  readonly url: string;
  /** Restricts use: shown, and accepted, before the first download. */
  readonly mustAccept: boolean;
}

/** What a device must have to run the model. */
export interface Needs {
  /** About what all stages that are loaded at once take on the GPU. */
  readonly gpuMemoryBytes: number;
  readonly shaderF16: boolean;
  /** The largest single buffer, which is the largest weight. */
  readonly largestBufferBytes: number;
}

export interface ModelEntry extends ModelCard {
  readonly weights: EmbeddedWeights | PublishedWeights;
  readonly licence: Licence;
  readonly needs: Needs;
  /** What a request gets that leaves the field out; null where the model does not take it. */
  readonly defaults: { readonly guidance: number | null; readonly strength: number | null };
  /** What becomes of pictures in a request: the drawing starts from the first one, or all are looked at. */
  readonly images: 'none' | 'start' | 'references';
  readonly grid: {
    readonly latentDownscale: number;
    readonly gridMultiple: number;
    /** Of graphs that run on one size only: the cells of its shorter side. */
    readonly leastCells?: number;
  };
  /** How each resolution is reached: doublings of the latent (re-noised and denoised by tiles), then of the pixels. */
  readonly routes: Readonly<
    Partial<Record<Resolution, { readonly refinePasses: number; readonly upscalePasses: number }>>
  >;
  /** Of all models that can do a request, the one with the highest rank draws for an alias. */
  readonly rank: number;
}

/** An id of the hosted API that installed models draw for; how many steps and which extensions is theirs to say. */
export type ModelAlias = Omit<ModelCard, 'steps' | 'extensions'>;

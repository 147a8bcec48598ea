/** What every model family offers the pipeline. Tensors live where the runtime keeps them. */
import type { SizePx } from '../diffusion/plan';
import type { Noising } from '../diffusion/renoise';
import type { SamplerName } from '../diffusion/samplers';
import type { Doubling } from '../diffusion/tiles';
import type { Tensor } from '../runtime/session';

export interface LatentGrid {
  readonly latentHeight: number;
  readonly latentWidth: number;
}

/** Pixels as planes [1, 3, height, width] in 0 … 1. */
export interface PlanarPicture extends SizePx {
  readonly planes: Float32Array;
}

/** A picture that a model looks at, in whatever size it asks for. */
export interface ReferencePicture {
  /** In its own size, where that is not too large, each side cut to whole cells of so many pixels. */
  bounded(cellPx: number): PlanarPicture;
  /** Whole, in the middle; around it, its nearest pixels. */
  inside(size: SizePx): PlanarPicture;
  /** Likewise, but in the middle of what will be seen of a picture that is drawn in this size. */
  inPlace(size: SizePx): PlanarPicture;
}

export interface PromptRequest {
  readonly prompt: string;
  /** What the picture is steered away from; null for nothing. */
  readonly negativePrompt: string | null;
  /** Scale of classifier-free guidance; null leaves it to the model. 1 is none. */
  readonly guidance: number | null;
  /** Pictures that the model looks at while it draws. */
  readonly references: readonly ReferencePicture[];
  /** Called between session runs: it throws once the job is cancelled. */
  readonly checkpoint: () => Promise<void>;
}

/** One of the pictures that are mixed into one. */
export interface MixedPicture {
  readonly picture: ReferencePicture;
  /** Of it in the mix, 0 … 1. */
  readonly share: number;
}

export interface EncodedPrompt {
  /** Text memory and what else all steps share; the caller disposes it. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** References that are mixed into one latent, for graphs that take it on the grid that they draw on; none: zeros. */
  readonly mix?: readonly MixedPicture[];
  /** Scale of guidance that `denoise` applies; 1 for none. */
  readonly guidance: number;
  /** Tokens of the prompt beyond the model's limit, which it does not read. */
  readonly truncatedTokens: number;
}

/** Everything about a picture that stays the same from step to step. */
export interface Conditioning {
  /** May hold the prompt's own tensors. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly guidance: number;
}

/** What every window of a picture has to know of the whole; the caller disposes it. */
export type Survey = Readonly<Record<string, Tensor>>;

/** Turns a latent into pixels, a window at a time. */
export interface LatentDecoder {
  /** Cells around a window that its pixels depend on, on each side. */
  readonly haloCells: number;
  /** With that context a window comes out just as in the whole. If not, neighbours have to be cross-faded. */
  readonly isExact: boolean;
  /**
   * A look at the whole latent [1, C, h, w] before its windows are decoded, never running more than `limitCells` cells
   * a side at once. Calls `checkpoint` between session runs: it throws once the job is cancelled.
   */
  survey(
    latent: Tensor,
    options: { readonly limitCells: number; readonly checkpoint: () => Promise<void> },
  ): Promise<Survey>;
  /** Window [1, C, h, w] to RGB [1, 3, s h, s w] in 0 … 1, s pixels to a cell. */
  decode(window: Tensor, survey: Survey): Promise<Tensor>;
}

/** Turns pixels into a latent: what image to image starts from. */
export interface LatentEncoder {
  /** RGB [1, 3, s h, s w] in 0 … 1 to [1, C, h, w]. */
  encode(picture: PlanarPicture): Promise<Tensor>;
}

/** The windows in which a latent larger than what the model has learned is refined, in cells. */
export interface WindowSizes {
  readonly tileCells: number;
  readonly overlapCells: number;
  readonly gridMultiple: number;
}

export interface Family {
  readonly latentChannels: number;
  /** How noise is mixed into a clean latent. */
  readonly noising: Noising;
  /** Which table of weights leads from one noise level to the next. */
  readonly sampler: SamplerName;
  /** Noise levels for a number of steps, from pure noise to 0; some models noise large pictures more. */
  sigmas(steps: number, grid: LatentGrid): number[];
  /** What unit noise is multiplied with to be a latent at this noise level: the first one of a schedule. */
  noiseScale(sigma: number): number;
  encodePrompt(request: PromptRequest): Promise<EncodedPrompt>;
  /** Calls `checkpoint` between session runs, where it takes several: it throws once the job is cancelled. */
  condition(prompt: EncodedPrompt, grid: LatentGrid, checkpoint: () => Promise<void>): Promise<Conditioning>;
  /** D(x, sigma): the model's best guess of the clean latent. */
  denoise(latent: Tensor, sigma: number, conditioning: Conditioning): Promise<Tensor>;
  /** The only grid that the graphs run on; null where they take any. */
  readonly fixedGrid: LatentGrid | null;
  readonly windows: WindowSizes;
  readonly decoder: LatentDecoder;
  /** Whether the decoder is light, and at hand, so that a preview after each step costs little. */
  readonly canPreview: boolean;
  /** Null where none is published: then there is no image to image. */
  readonly encoder: LatentEncoder | null;
  /** Doubles a picture; `pass` counts from 0, which is the doubling of what the decoder gives. */
  enlarge(image: Tensor, pass: number): Promise<Tensor>;
  /** What that doubling asks of the smaller picture. */
  doubling(pass: number): Doubling;
  /** The largest single buffer that decoding and enlarging need, in bytes per pixel of what they give. */
  readonly largestBufferBytesPerPx: number;
  /** Gives back what only one stage of a picture needed, where memory is tight. Called when the picture is done. */
  settle(): Promise<void>;
}

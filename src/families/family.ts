/** What every model family offers the pipeline. Tensors live on the runtime's device. */
import type { Doubling } from '../diffusion/tiles';
import type { Tensor } from '../runtime/session';

export interface LatentGrid {
  readonly latentHeight: number;
  readonly latentWidth: number;
}

export interface EncodedPrompt {
  /** Text memory [1, tokens, width]. */
  readonly memory: Tensor;
  /** Tokens of the prompt beyond the model's limit, which it does not read. */
  readonly truncatedTokens: number;
}

/** Everything about a picture that stays the same from step to step. */
export type Conditioning = Readonly<Record<string, Tensor>>;

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
  /** Window [1, C, h, w] to RGB [1, 3, 8h, 8w] in 0 … 1. */
  decode(window: Tensor, survey: Survey): Promise<Tensor>;
}

export interface Family {
  readonly latentChannels: number;
  /** Noise levels for a number of steps, from pure noise to 0. */
  sigmas(steps: number): number[];
  encodePrompt(prompt: string): Promise<EncodedPrompt>;
  condition(prompt: EncodedPrompt, grid: LatentGrid): Promise<Conditioning>;
  /** D(x, sigma): the model's best guess of the clean latent. */
  denoise(latent: Tensor, sigma: number, conditioning: Conditioning): Promise<Tensor>;
  /** The windows in which a latent larger than what the model has learned is refined, in cells. */
  readonly windows: { readonly tileCells: number; readonly overlapCells: number; readonly gridMultiple: number };
  readonly decoder: LatentDecoder;
  /** Doubles a picture; `pass` counts from 0, which is the doubling of what the decoder gives. */
  enlarge(image: Tensor, pass: number): Promise<Tensor>;
  /** What that doubling asks of the smaller picture. */
  doubling(pass: number): Doubling;
  /** The largest single buffer that decoding and enlarging need, in bytes per pixel of what they give. */
  readonly largestBufferBytesPerPx: number;
}

/** What every model family offers the pipeline. Tensors live on the runtime's device. */
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

export interface Family {
  readonly latentChannels: number;
  /** Noise levels for a number of steps, from pure noise to 0. */
  sigmas(steps: number): number[];
  encodePrompt(prompt: string): Promise<EncodedPrompt>;
  condition(prompt: EncodedPrompt, grid: LatentGrid): Promise<Conditioning>;
  /** D(x, sigma): the model's best guess of the clean latent. */
  denoise(latent: Tensor, sigma: number, conditioning: Conditioning): Promise<Tensor>;
  /** Latent [1, C, h, w] to RGB [1, 3, 8h, 8w] in 0 … 1. */
  decode(latent: Tensor): Promise<Tensor>;
  /** One doubling by super-resolution. */
  enlarge(image: Tensor): Promise<Tensor>;
}

/** D(x, sigma) of a latent larger than the model's own grid: predicted window by window, and blended. */
import { addWindow, cropWindow, type LatentWindow } from '../diffusion/latentWindows';
import type { LatentShape } from '../diffusion/separable';
import type { Conditioning, EncodedPrompt, Family } from '../families/family';
import type { Runtime, Tensor } from '../runtime/session';
import type { TensorScope } from '../runtime/tensorScope';

export interface WindowedContext {
  readonly runtime: Pick<Runtime, 'float32' | 'toDevice' | 'read'>;
  readonly model: Pick<Family, 'condition' | 'denoise'>;
  /** Stays the caller's, with its tensors. */
  readonly prompt: EncodedPrompt;
  readonly scope: TensorScope;
  /** Called between session runs; throws once the job is cancelled. */
  readonly checkpoint: () => Promise<void>;
}

export class WindowedModel {
  /** By window size: all a conditioning knows of its window. */
  readonly #conditionings = new Map<string, Conditioning>();

  constructor(
    readonly context: WindowedContext,
    readonly shape: LatentShape,
    readonly windows: readonly LatentWindow[],
  ) {}

  /** Calls `onWindow` with the number of windows done. What it keeps is freed with the scope. */
  async predict(latent: Float32Array, sigma: number, onWindow: (done: number) => void): Promise<Float32Array> {
    const blend = new Float32Array(latent.length);
    for (const [index, window] of this.windows.entries()) {
      const conditioning = await this.#conditioningOf(window);
      await this.context.checkpoint();
      const values = await this.#predictWindow(this.#crop(latent, window), { sigma, conditioning });
      addWindow(blend, this.shape, { window, values });
      onWindow(index + 1);
    }
    return blend;
  }

  async #conditioningOf({ height, width }: LatentWindow): Promise<Conditioning> {
    const { model, prompt, scope, checkpoint } = this.context;
    const size = `${height}x${width}`;
    const known = this.#conditionings.get(size);
    if (known) return known;
    await checkpoint();
    const conditioning = await model.condition(prompt, { latentHeight: height, latentWidth: width }, checkpoint);
    keepOwn(scope, conditioning, prompt);
    this.#conditionings.set(size, conditioning);
    return conditioning;
  }

  #crop(latent: Float32Array, window: LatentWindow): Tensor {
    const { runtime, scope } = this.context;
    const dims = [1, this.shape.channels, window.height, window.width];
    return scope.keep(runtime.toDevice(runtime.float32(cropWindow(latent, this.shape, window), dims)));
  }

  /** Frees the window. */
  async #predictWindow(
    noisy: Tensor,
    at: { readonly sigma: number; readonly conditioning: Conditioning },
  ): Promise<Float32Array> {
    const { runtime, model, scope } = this.context;
    const denoised = scope.keep(await model.denoise(noisy, at.sigma, at.conditioning));
    const values = await runtime.read(denoised);
    scope.free(noisy);
    scope.free(denoised);
    return values;
  }
}

/** What a conditioning holds beyond the prompt's own tensors is freed with the scope. */
export function keepOwn(scope: TensorScope, conditioning: Conditioning, prompt: EncodedPrompt): void {
  const callers = new Set(Object.values(prompt.tensors));
  for (const tensor of Object.values(conditioning.tensors)) if (!callers.has(tensor)) scope.keep(tensor);
}

/** Frees the tensors of a job, whatever way it ends. GPU buffers are not garbage collected in time. */
import type { Tensor } from '../runtime/session';

export class TensorScope {
  readonly #tensors = new Set<Tensor>();

  keep(tensor: Tensor): Tensor {
    this.#tensors.add(tensor);
    return tensor;
  }

  /** Frees one tensor early. */
  free(tensor: Tensor): void {
    if (this.#tensors.delete(tensor)) tensor.dispose();
  }

  freeAll(): void {
    for (const tensor of this.#tensors) tensor.dispose();
    this.#tensors.clear();
  }
}

/** Frees what a job holds on the device, whatever way it ends. GPU buffers are not garbage collected in time. */

interface Disposable {
  dispose(): void;
}

export class TensorScope {
  readonly #kept = new Set<Disposable>();

  keep<T extends Disposable>(tensor: T): T {
    this.#kept.add(tensor);
    return tensor;
  }

  /** Frees one tensor early. */
  free(tensor: Disposable): void {
    if (this.#kept.delete(tensor)) tensor.dispose();
  }

  freeAll(): void {
    for (const tensor of this.#kept) tensor.dispose();
    this.#kept.clear();
  }
}

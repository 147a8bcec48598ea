/** Waiting for storage, which may never answer: Safari is known for opens that hang. */

/** Rejects when the work takes longer; whatever it does after that is lost. */
export function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The storage did not answer.')), limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

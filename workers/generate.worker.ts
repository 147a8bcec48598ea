/** A thin door: calls from the page into the pipeline. */
import { expose } from 'comlink';
import { ApiError } from '../src/api/errors';
import { generate, type Studio } from '../src/pipeline/generate';
import { loadModel } from '../src/pipeline/loadModel';
import { outcomeOf, type WorkerApi } from '../src/pipeline/workerApi';

let studio: Studio | null = null;
let running: AbortController | null = null;

const api: WorkerApi = {
  hello: () => outcomeOf(async () => true as const),

  init: (options, onProgress) =>
    outcomeOf(async () => {
      const loaded = await loadModel(options, onProgress);
      studio = loaded.studio;
      return loaded.info;
    }),

  generate: (job, onProgress) =>
    outcomeOf(async () => {
      if (!studio)
        throw new ApiError('server_error', 'The worker was asked for a picture before its model was loaded.');
      running = new AbortController();
      return generate(job, studio, { onProgress, signal: running.signal });
    }),

  cancel: () => running?.abort(),
};

expose(api);

/** A thin door: calls from the page into the library of published models. */
import { expose } from 'comlink';
import { outcomeOf } from '../src/pipeline/workerApi';
import { Library, type WorkOptions } from '../src/weights/published/library';
import type { LibraryApi } from '../src/weights/published/libraryApi';

const library = new Library();
const running = new Map<string, AbortController>();

const api: LibraryApi = {
  hello: () => outcomeOf(async () => true as const),
  list: () => outcomeOf(() => library.list()),
  download: (source, onProgress) => stoppable(source.id, onProgress, (options) => library.download(source, options)),
  importFiles: (source, files, onProgress) =>
    stoppable(source.id, onProgress, (options) => library.importFiles(source, files, options)),
  open: (id) => outcomeOf(() => library.open(id)),
  check: (id, onProgress) => stoppable(id, onProgress, (options) => library.check(id, options)),
  remove: (id) =>
    outcomeOf(async () => {
      running.get(id)?.abort();
      await library.remove(id);
      return true as const;
    }),
  stop: (id) => running.get(id)?.abort(),
};

/** One thing at a time is done to a model; a second call ends the first. */
function stoppable<T>(id: string, onProgress: WorkOptions['onProgress'], work: (options: WorkOptions) => Promise<T>) {
  return outcomeOf(async () => {
    running.get(id)?.abort();
    const controller = new AbortController();
    running.set(id, controller);
    try {
      return await work({ signal: controller.signal, onProgress });
    } finally {
      if (running.get(id) === controller) running.delete(id);
    }
  });
}

expose(api);

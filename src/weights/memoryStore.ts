/** The last resort where nothing can be stored: the model lives as long as the worker. */
import type { KeyValueStore } from './keyValueStore';

export function memoryStore<T>(): KeyValueStore<T> {
  const entries = new Map<string, T>();
  return {
    get: async (key) => entries.get(key),
    set: async (key, value) => {
      entries.set(key, value);
    },
    keys: async () => [...entries.keys()],
    delete: async (doomed) => {
      for (const key of doomed) entries.delete(key);
    },
  };
}

/** Where finished pictures lie, and which of them have to go. */

/** All that a sweep and a link need to know, so that neither has to load a picture. */
export interface PictureKey {
  /** Unix seconds, as in the link. */
  readonly deletesAtS: number;
  readonly id: string;
  readonly index: number;
  readonly sizeBytes: number;
}

export interface Shelf {
  put(key: PictureKey, blob: Blob): Promise<void>;
  find(key: Omit<PictureKey, 'sizeBytes'>): Promise<Blob | null>;
  keys(): Promise<readonly PictureKey[]>;
  remove(keys: readonly PictureKey[]): Promise<void>;
}

export interface Bounds {
  readonly nowMs: number;
  readonly maxBytes: number;
}

/** Those that have expired, and the oldest beyond the bound. The newest one stays, whatever its size. */
export function doomed(keys: readonly PictureKey[], { nowMs, maxBytes }: Bounds): readonly PictureKey[] {
  const isExpired = ({ deletesAtS }: PictureKey) => deletesAtS * 1000 <= nowMs;
  const newestFirst = keys.filter((key) => !isExpired(key)).sort(byAge);
  let totalBytes = 0;
  const beyond = newestFirst.filter(({ sizeBytes }, place) => {
    totalBytes += sizeBytes;
    return place > 0 && totalBytes > maxBytes;
  });
  return [...keys.filter(isExpired), ...beyond];
}

/** Ids of requests sort by time, which tells pictures of the same second apart. */
function byAge(a: PictureKey, b: PictureKey): number {
  return b.deletesAtS - a.deletesAtS || (a.id < b.id ? 1 : a.id > b.id ? -1 : b.index - a.index);
}

/** The last resort where nothing can be stored: pictures live as long as the page. */
export function memoryShelf(): Shelf {
  const pictures = new Map<string, { readonly key: PictureKey; readonly blob: Blob }>();
  const nameOf = ({ deletesAtS, id, index }: Omit<PictureKey, 'sizeBytes'>) => JSON.stringify([deletesAtS, id, index]);
  return {
    put: async (key, blob) => {
      pictures.set(nameOf(key), { key, blob });
    },
    find: async (key) => pictures.get(nameOf(key))?.blob ?? null,
    keys: async () => [...pictures.values()].map(({ key }) => key),
    remove: async (keys) => {
      for (const key of keys) pictures.delete(nameOf(key));
    },
  };
}

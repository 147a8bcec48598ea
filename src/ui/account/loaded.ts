/** A value that is fetched, and fetched again when something changed. */
import { useCallback, useEffect, useState } from 'preact/hooks';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly message: string };

/** The last value stays while the next one is on its way. */
export function useLoaded<T>(fetchValue: () => Promise<T>): [Loaded<T>, () => void] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    fetchValue().then(
      (value) => isCurrent && setLoaded({ state: 'ready', value }),
      (error) => isCurrent && setLoaded({ state: 'failed', message: (error as Error).message }),
    );
    return () => {
      isCurrent = false;
    };
  }, [round]);
  return [loaded, useCallback(() => setRound((last) => last + 1), [])];
}

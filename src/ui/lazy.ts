/** Parts of the page that most visits never show: fetched when they are first wanted. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Null until it is there. */
export function useLazy<Props>(
  load: () => Promise<ComponentType<Props>>,
  isWanted: boolean,
): ComponentType<Props> | null {
  const [Loaded, setLoaded] = useState<ComponentType<Props> | null>(null);
  useEffect(() => {
    // A function given to a setter would be called.
    if (isWanted && !Loaded) void load().then((component) => setLoaded(() => component));
  }, [isWanted]);
  return Loaded;
}

/** Whether a part of the page is where somebody can see it: on the screen, in a tab that is in front. */
import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** A strip at the edge of the screen shows nothing worth drawing for. */
const LEAST_SHARE = 0.3;

export function useIsSeen(element: RefObject<HTMLElement>, isSeen: Signal<boolean>): void {
  useEffect(() => {
    if (!element.current) return;
    const listening = new AbortController();
    let isOnScreen = false;
    const update = () => {
      isSeen.value = isOnScreen && document.visibilityState === 'visible';
    };
    const observer = new IntersectionObserver(
      (entries) => {
        isOnScreen = (entries.at(-1)?.intersectionRatio ?? 0) >= LEAST_SHARE;
        update();
      },
      { threshold: LEAST_SHARE },
    );
    observer.observe(element.current);
    document.addEventListener('visibilitychange', update, { signal: listening.signal });
    return () => {
      observer.disconnect();
      listening.abort();
    };
  }, []);
}

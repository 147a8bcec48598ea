/** Links to pictures that load in the page which asked. */
import type { CallHooks } from '../api/deps';

/** Beyond it a timer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * With a service worker in control the signed path loads, and outlives the page. Without one (a first visit, a private
 * window) a `blob:` URL does, until the path expires.
 */
export function linkInPage(baseUrl: string): Required<CallHooks>['linkTo'] {
  return ({ path, blob }) => {
    if (navigator.serviceWorker?.controller) return new URL(path.slice(1), baseUrl).href;
    const link = URL.createObjectURL(blob);
    const expiresAtMs = Number(new URLSearchParams(path.split('?')[1]).get('exp')) * 1000;
    setTimeout(() => URL.revokeObjectURL(link), Math.min(expiresAtMs - Date.now(), LONGEST_TIMER_MS));
    return link;
  };
}

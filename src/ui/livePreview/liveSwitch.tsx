/** Turns first looks on and off. What they are is told where the page says what Pocket can do. */
import type { Store } from '../store';
import type { Studio } from '../studio';
import { paceOf, paceWords } from './pace';

const WORDS_ID = 'live-words';

export function LiveSwitch({ studio }: { readonly studio: Studio }) {
  const pace = paceOf(studio.store);
  if (!pace.isPossible) return null;
  return (
    <label class="switch" title={paceWords(pace)}>
      <input
        type="checkbox"
        checked={pace.isOn}
        aria-describedby={WORDS_ID}
        onChange={({ currentTarget }) => studio.livePreview.choose(currentTarget.checked)}
      />
      <span class="switch-face" aria-hidden="true" />
      Live preview
    </label>
  );
}

export function LiveWords({ store }: { readonly store: Store }) {
  const pace = paceOf(store);
  if (!pace.isPossible) return null;
  return (
    <p>
      Live preview: <span id={WORDS_ID}>{paceWords(pace)}</span>
    </p>
  );
}

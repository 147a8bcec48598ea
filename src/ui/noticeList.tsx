/** Limits worth knowing that stop nobody. */
import { Icon } from './icons';
import { NOTICES } from './messages';
import type { Store } from './store';

export function NoticeList({ store }: { readonly store: Store }) {
  return (
    <div class="notices" role="status">
      {store.notices.value.map((code) => (
        <div key={code} class="notice" data-code={code}>
          <Icon name="info" />
          <p>
            <strong>{NOTICES[code].title}.</strong> {NOTICES[code].text}
          </p>
        </div>
      ))}
    </div>
  );
}

/** The pictures of this session, newest first. */
import { Icon } from './icons';
import type { StudioPicture } from './store';
import type { Studio } from './studio';

export function HistoryStrip({ studio }: { readonly studio: Studio }) {
  const { pictures } = studio.store;
  if (pictures.value.length === 0) return null;
  return (
    <section class="history" aria-labelledby="history-title">
      <h2 id="history-title">This session</h2>
      <ul>
        {pictures.value.map((picture) => (
          <HistoryItem key={picture.answer.id} studio={studio} picture={picture} />
        ))}
      </ul>
    </section>
  );
}

function HistoryItem({ studio, picture }: { readonly studio: Studio; readonly picture: StudioPicture }) {
  const { id, seed, data } = picture.answer;
  const isShown = studio.store.shownId.value === id;
  const name = `${picture.prompt}, seed ${seed}`;
  return (
    <li>
      <button type="button" class="thumbnail" aria-pressed={isShown} onClick={() => studio.show(id)}>
        <img src={data[0]?.url} alt={name} width={72} height={72} decoding="async" />
      </button>
      <button type="button" class="remove" onClick={() => studio.remove(id)}>
        <Icon name="close" />
        <span class="visually-hidden">Remove {name}</span>
      </button>
    </li>
  );
}

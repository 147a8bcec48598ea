/** The pictures of this session, newest first. */
import { Icon } from './icons';
import type { StudioPicture } from './store';
import type { Studio } from './studio';
import { Thumbnail } from './thumbnail';

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
  const { id, seed } = picture.answer;
  const isShown = studio.store.shownId.value === id;
  const name = `${picture.prompt}, seed ${seed}`;
  return (
    <li>
      <button type="button" class="thumbnail" aria-pressed={isShown} onClick={() => studio.show(id)}>
        <Thumbnail image={picture.thumbnail} name={name} />
      </button>
      <button type="button" class="remove" onClick={() => studio.remove(id)}>
        <Icon name="close" />
        <span class="visually-hidden">Remove {name}</span>
      </button>
    </li>
  );
}

/** All models there are: what they need, what they weigh, and what can be done with each. Loaded when it is first opened. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { StorageSpace } from '../../client/library';
import { useLoaded } from '../account/loaded';
import type { Studio } from '../studio';
import { AddModel } from './addModel';
import { ModelCard } from './modelCard';
import { bytesInWords } from './sizes';

export function ModelsDialog({ studio }: { readonly studio: Studio }) {
  const { models, modelsAreOpen, announcement } = studio.store;
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = modelsAreOpen.value;
  useLayoutEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="models"
      aria-labelledby="models-title"
      onClose={() => {
        modelsAreOpen.value = false;
      }}
    >
      <form method="dialog" class="models-head">
        <h2 id="models-title">Models</h2>
        <button type="submit" class="button">
          Close
        </button>
      </form>
      <p class="account-note">
        A model is downloaded once, from where its authors host it, and kept in this browser: from then on it draws
        without a network. Nothing you draw leaves this machine.
      </p>
      <ul class="model-list">
        {models.value.map((listing) => (
          <ModelCard key={listing.entry.id} studio={studio} listing={listing} />
        ))}
      </ul>
      <AddModel studio={studio} />
      {isOpen && <Space studio={studio} />}
      {/* What the page says aloud is not heard while a dialog is before it. */}
      <p class="visually-hidden" role="status">
        {isOpen && announcement.value}
      </p>
    </dialog>
  );
}

function Space({ studio }: { readonly studio: Studio }) {
  const [space, refresh] = useLoaded(() => studio.library.space());
  const busy = studio.store.models.value.filter(({ state }) => state === 'downloading' || state === 'checking');
  useEffect(refresh, [busy.length]);
  return <p class="account-note models-space">{space.state === 'ready' && spaceWords(space.value)}</p>;
}

function spaceWords({ usageBytes, persisted }: StorageSpace): string {
  const promise = persisted
    ? 'The browser promised to keep it until you delete it.'
    : 'The browser may delete it when the disk is nearly full.';
  return `This page keeps ${bytesInWords(usageBytes)} in this browser, models included. ${promise}`;
}

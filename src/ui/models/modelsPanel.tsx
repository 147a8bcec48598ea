/** All models there are: what they need, what they weigh, and what can be done with each. */
import { useEffect } from 'preact/hooks';
import { useLoaded } from '../account/loaded';
import type { PanelProps } from '../account/panel';
import { AddModel } from './addModel';
import { ModelCard } from './modelCard';
import { bytesInWords } from './sizes';

export function ModelsPanel({ studio }: PanelProps) {
  const { models } = studio.store;
  const [space, refresh] = useLoaded(() => studio.library.space());
  const isBusy = models.value.some(({ state }) => state === 'downloading' || state === 'checking');
  useEffect(refresh, [isBusy]);
  return (
    <>
      <p class="account-note">
        Models are downloaded once, from where their authors host them, and kept in this browser. Nothing you draw
        leaves this machine.
      </p>
      <ul class="model-list">
        {models.value.map((listing) => (
          <ModelCard key={listing.entry.id} studio={studio} listing={listing} />
        ))}
      </ul>
      <AddModel studio={studio} />
      {space.state === 'ready' && (
        <p class="account-note">
          This page keeps {bytesInWords(space.value.usageBytes)}.{' '}
          {space.value.persisted
            ? 'The browser promised not to delete it by itself.'
            : 'The browser may delete it when the disk is nearly full.'}
        </p>
      )}
    </>
  );
}

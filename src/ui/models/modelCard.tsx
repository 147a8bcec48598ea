/** One model: its facts, its licence, how far its download is, and the buttons. */
import { useRef, useState } from 'preact/hooks';
import type { ModelListing } from '../../client/library';
import type { ModelEntry } from '../../models/types';
import type { Studio } from '../studio';
import { careOf, checkModel, getModel, importModel, removeModel } from './care';
import { bytesInWords, timeInWords } from './sizes';

interface CardProps {
  readonly studio: Studio;
  readonly listing: ModelListing;
}

export function ModelCard({ studio, listing }: CardProps) {
  const { entry, state, totalBytes, obstacle, error } = listing;
  return (
    <li class="model-card" data-model={entry.id} data-state={state}>
      <h3>{entry.name}</h3>
      <p class="model-facts">
        {[sizeOf(listing), ...abilitiesOf(entry)].join(' · ')}
        <br />
        <a href={entry.licence.url} target="_blank" rel="noreferrer">
          {entry.licence.name}
        </a>
      </p>
      {obstacle !== null && <p class="model-obstacle">{obstacle}</p>}
      {state === 'downloading' && <Download listing={listing} />}
      {state === 'checking' && <p>Checking every byte…</p>}
      {state === 'partial' && (
        <p>
          {bytesInWords(listing.storedBytes)}
          {totalBytes !== null && ` of ${bytesInWords(totalBytes)}`} are here.
        </p>
      )}
      {error && <p role="alert">{error.message}</p>}
      {state !== 'embedded' && <Actions studio={studio} listing={listing} />}
    </li>
  );
}

function sizeOf({ state, totalBytes }: ModelListing): string {
  if (state === 'embedded') return 'part of this page';
  return totalBytes === null ? 'size not known yet' : bytesInWords(totalBytes);
}

function abilitiesOf({ images, extensions, steps, maxReferences, aspectRatios }: ModelEntry): string[] {
  return [
    steps.default === 1 ? 'one step' : `${steps.default} steps`,
    ...(images === 'start' ? ['starts from a picture'] : []),
    ...(images === 'references' ? [`edits, up to ${maxReferences} pictures`] : []),
    ...(extensions.includes('mask') ? ['masks'] : []),
    ...(extensions.includes('negative_prompt') ? ['negative prompt'] : []),
    ...(aspectRatios.length === 1 ? ['square only'] : []),
  ];
}

function Download({ listing: { entry, storedBytes, totalBytes, progress } }: { readonly listing: ModelListing }) {
  const speed = progress?.bytesPerSecond;
  const parts = [
    totalBytes === null ? bytesInWords(storedBytes) : `${bytesInWords(storedBytes)} of ${bytesInWords(totalBytes)}`,
    ...(progress?.state === 'waiting' ? ['another tab is getting it'] : []),
    ...(progress?.state === 'offline' ? ['waiting for the network'] : []),
    ...(speed ? [`${bytesInWords(speed)} a second`] : []),
    ...(progress?.secondsLeft ? [`${timeInWords(progress.secondsLeft)} left`] : []),
  ];
  return (
    <div class="model-progress">
      <progress aria-label={`Download of ${entry.name}`} value={storedBytes} max={totalBytes ?? storedBytes * 2} />
      <p>{parts.join(' · ')}</p>
    </div>
  );
}

function Actions({ studio, listing }: CardProps) {
  const { entry, state, licenceAccepted } = listing;
  const [agrees, setAgrees] = useState(licenceAccepted);
  const picker = useRef<HTMLInputElement>(null);
  const isHere = state === 'complete' || state === 'checking';
  const get = async () => {
    if (!licenceAccepted) await studio.library.acceptLicence(entry.id);
    await getModel(careOf(studio), entry);
  };
  return (
    <>
      {!isHere && entry.licence.mustAccept && (
        <label class="check">
          <input type="checkbox" checked={agrees} onChange={({ currentTarget }) => setAgrees(currentTarget.checked)} />I
          have read the licence and agree to it
        </label>
      )}
      <div class="account-actions">
        {state === 'downloading' ? (
          <Action entry={entry} label="Pause" onClick={() => studio.library.pause(entry.id)} />
        ) : (
          !isHere && (
            <Action
              entry={entry}
              label={state === 'partial' ? 'Resume' : 'Get'}
              disabled={!agrees}
              onClick={() => void get()}
            />
          )
        )}
        {isHere && (
          <>
            <Action entry={entry} label="Draw with it" onClick={() => studio.useModel(entry.id)} />
            <Action entry={entry} label="Check" onClick={() => void checkModel(careOf(studio), entry)} />
          </>
        )}
        {!isHere && state !== 'downloading' && (
          <Action entry={entry} label="Import files…" disabled={!agrees} onClick={() => picker.current?.click()} />
        )}
        {(state !== 'absent' || listing.isCustom) && (
          <Action entry={entry} label="Delete" onClick={() => void removeModel(studio, entry)} />
        )}
      </div>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={`Files of ${entry.name}`}
        onChange={({ currentTarget }) => void importModel(careOf(studio), entry, [...(currentTarget.files ?? [])])}
      />
    </>
  );
}

interface ActionProps {
  readonly entry: ModelEntry;
  readonly label: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

function Action({ entry, label, disabled = false, onClick }: ActionProps) {
  return (
    <button type="button" class="button" disabled={disabled} onClick={onClick}>
      {label} <span class="visually-hidden">{entry.name}</span>
    </button>
  );
}

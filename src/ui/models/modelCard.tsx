/** One model: its facts, its licence, how far its download is, and the buttons. */
import { useState } from 'preact/hooks';
import type { ModelListing } from '../../client/library';
import type { Studio } from '../studio';
import { ModelActions } from './modelActions';
import {
  abilityWords,
  fractionOf,
  IN_MEMORY_WORDS,
  memoryWords,
  problemWords,
  progressWords,
  sizeWords,
  stateWords,
} from './words';

export interface CardProps {
  readonly studio: Studio;
  readonly listing: ModelListing;
}

export function ModelCard({ studio, listing }: CardProps) {
  const { entry, state, error } = listing;
  const [missing, setMissing] = useState<readonly string[]>([]);
  return (
    <li class="model-card" data-model={entry.id} data-state={state}>
      <Head studio={studio} listing={listing} />
      <p>{[sizeWords(listing), ...abilityWords(entry)].join(' · ')}</p>
      <p>
        Licence:{' '}
        <a href={entry.licence.url} target="_blank" rel="noreferrer">
          {entry.licence.name}
        </a>
      </p>
      <Limits listing={listing} />
      {state === 'downloading' && <Download listing={listing} />}
      {state === 'checking' && <p>Every byte is read and compared.</p>}
      {state === 'partial' && <p>{progressWords({ ...listing, progress: null })} are here.</p>}
      {missing.length > 0 && state !== 'complete' && <p role="alert">Still missing: {missing.join(', ')}.</p>}
      {error && (
        <p class="error-text" role="alert">
          {problemWords(error)}
        </p>
      )}
      {state !== 'embedded' && <ModelActions studio={studio} listing={listing} onMissing={setMissing} />}
    </li>
  );
}

function Head({ studio, listing }: CardProps) {
  const { entry } = listing;
  const isChosen = studio.model.id === entry.id;
  const words = stateWords(listing);
  return (
    <div class="model-head">
      <h3>{entry.name}</h3>
      {isChosen && <span class="tag tag-strong">Draws now</span>}
      {words !== null && <span class="tag">{words}</span>}
    </div>
  );
}

/** What speaks against it on this device, or is worth knowing before. */
function Limits({ listing: { entry, obstacle, inMemory } }: { readonly listing: ModelListing }) {
  const limits = [obstacle, memoryWords(entry, 'Suspending' in WebAssembly), inMemory ? IN_MEMORY_WORDS : null];
  return <>{limits.map((limit) => limit && <p class="model-limit">{limit}</p>)}</>;
}

/** Without a known end the bar only shows that something goes on. */
function Download({ listing }: { readonly listing: ModelListing }) {
  const fraction = fractionOf(listing);
  return (
    <div class="model-progress">
      <progress aria-label={`Download of ${listing.entry.name}`} {...(fraction !== null && { value: fraction })} />
      <p>{progressWords(listing)}</p>
    </div>
  );
}

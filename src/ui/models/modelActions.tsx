/** What can be done with a model, as buttons: which ones there are follows from what of it is here. */
import { useRef, useState } from 'preact/hooks';
import type { ModelListing } from '../../client/library';
import type { ModelEntry } from '../../models/types';
import { PROMPT_ID } from '../promptField';
import type { Studio } from '../studio';
import { checkModel, getModel, importModel, removeModel } from './care';
import { bytesInWords } from './sizes';

interface ActionsProps {
  readonly studio: Studio;
  readonly listing: ModelListing;
  /** Told which files an import did not find. */
  readonly onMissing: (paths: readonly string[]) => void;
}

export function ModelActions(props: ActionsProps) {
  const { state } = props.listing;
  if (state === 'complete' || state === 'checking') return <OfStored {...props} />;
  if (state === 'downloading') return <OfDownload {...props} />;
  return <OfAbsent {...props} />;
}

function OfStored({ studio, listing }: ActionsProps) {
  const { entry, state } = listing;
  const drawWith = ({ currentTarget }: { readonly currentTarget: HTMLElement }) => {
    studio.useModel(entry.id);
    // Nothing behind it takes the focus while it is open.
    currentTarget.closest('dialog')?.close();
    document.getElementById(PROMPT_ID)?.focus();
  };
  return (
    <div class="account-actions">
      <Action entry={entry} label="Draw with it" onClick={drawWith} />
      <Action
        entry={entry}
        label="Check"
        disabled={state === 'checking'}
        onClick={() => void checkModel(studio, entry)}
      />
      <Delete studio={studio} listing={listing} />
    </div>
  );
}

function OfDownload({ studio, listing: { entry } }: ActionsProps) {
  return (
    <div class="account-actions">
      <Action entry={entry} label="Pause" onClick={() => studio.library.pause(entry.id)} />
    </div>
  );
}

function OfAbsent({ studio, listing, onMissing }: ActionsProps) {
  const { entry, state, licenceAccepted, error, isCustom } = listing;
  const [agrees, setAgrees] = useState(false);
  const mayGet = licenceAccepted || agrees;
  const getLabel = error ? 'Try again' : state === 'partial' ? 'Resume' : 'Get';
  return (
    <>
      {!licenceAccepted && (
        <label class="check">
          <input type="checkbox" checked={agrees} onChange={({ currentTarget }) => setAgrees(currentTarget.checked)} />I
          have read the licence and agree to it
        </label>
      )}
      <div class="account-actions">
        <Action entry={entry} label={getLabel} disabled={!mayGet} onClick={() => void getModel(studio, entry)} />
        {[false, true].map((isFolder) => (
          <Import
            key={String(isFolder)}
            entry={entry}
            isFolder={isFolder}
            disabled={!mayGet}
            onFiles={async (files) => onMissing(await importModel(studio, entry, files))}
          />
        ))}
        {(state !== 'absent' || isCustom) && <Delete studio={studio} listing={listing} />}
      </div>
    </>
  );
}

/** Every browser knows it; no standard has it. */
const FOLDER = { webkitdirectory: true };

interface ImportProps {
  readonly entry: ModelEntry;
  readonly isFolder: boolean;
  readonly disabled: boolean;
  readonly onFiles: (files: readonly File[]) => Promise<void>;
}

function Import({ entry, isFolder, disabled, onFiles }: ImportProps) {
  const picker = useRef<HTMLInputElement>(null);
  const what = isFolder ? 'folder' : 'files';
  return (
    <>
      <Action entry={entry} label={`Import ${what}…`} disabled={disabled} onClick={() => picker.current?.click()} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        {...(isFolder && FOLDER)}
        aria-label={`Import ${what} of ${entry.name}`}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // The same files again are a choice too.
          currentTarget.value = '';
          if (files.length > 0) void onFiles(files);
        }}
      />
    </>
  );
}

/** Asked once more: gigabytes took their time to come. */
function Delete({ studio, listing: { entry, storedBytes } }: Pick<ActionsProps, 'studio' | 'listing'>) {
  const [isAsking, setAsking] = useState(false);
  if (!isAsking) return <Action entry={entry} label="Delete…" onClick={() => setAsking(true)} />;
  return (
    <>
      <Action
        entry={entry}
        label={storedBytes > 0 ? `Yes, delete ${bytesInWords(storedBytes)}` : 'Yes, delete'}
        isFocused
        onClick={() => void removeModel(studio, entry)}
      />
      <Action entry={entry} label="Keep" onClick={() => setAsking(false)} />
    </>
  );
}

interface ActionProps {
  readonly entry: ModelEntry;
  readonly label: string;
  readonly disabled?: boolean;
  /** Takes the place of the button that had the focus. */
  readonly isFocused?: boolean;
  readonly onClick: (event: { readonly currentTarget: HTMLElement }) => void;
}

function Action({ entry, label, disabled = false, isFocused = false, onClick }: ActionProps) {
  return (
    <button ref={isFocused ? focus : null} type="button" class="button" disabled={disabled} onClick={onClick}>
      {label} <span class="visually-hidden">{entry.name}</span>
    </button>
  );
}

function focus(button: HTMLButtonElement | null): void {
  button?.focus();
}

/** Keys for code that asks this browser for pictures. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { KeyInfo } from '../../client/account';
import { Icon } from '../icons';
import { CopyButton } from './copyButton';
import { useLoaded } from './loaded';
import type { PanelProps } from './panel';

export function KeysPanel({ studio, account }: PanelProps) {
  const [keys, refresh] = useLoaded(() => account.keys.list());
  const [secret, setSecret] = useState<string | null>(null);
  if (keys.state === 'failed') return <p role="alert">The keys cannot be read: {keys.message}</p>;
  if (keys.state === 'loading') return null;
  const create = async () => {
    setSecret((await account.keys.create(`Key ${keys.value.length + 1}`)).secret);
    refresh();
    studio.announce('A key was made. Copy it now: it is shown only this once.');
  };
  const revoke = async (key: KeyInfo) => {
    await account.keys.revoke(key.id);
    setSecret(null);
    refresh();
    studio.announce(`${key.name} no longer works.`);
  };
  return (
    <>
      <p class="account-note">
        Unless the owner of this page says otherwise, any text works as a key here. Make one for code that insists on a
        real one.
      </p>
      <div class="account-actions">
        <button type="button" class="button" onClick={() => void create()}>
          Create a key
        </button>
      </div>
      {secret !== null && <NewKey secret={secret} studio={studio} />}
      <ul class="key-list">
        {keys.value.map((key) => (
          <li key={key.id}>
            <span>
              {key.name} <small>since {key.createdAt.toLocaleDateString()}</small>
            </span>
            <button type="button" class="button" onClick={() => void revoke(key)}>
              <Icon name="close" />
              Revoke <span class="visually-hidden">{key.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function NewKey({ secret, studio }: { readonly secret: string; readonly studio: PanelProps['studio'] }) {
  const field = useRef<HTMLInputElement>(null);
  // Where the next step is: to copy it.
  useEffect(() => field.current?.focus(), [secret]);
  return (
    <div class="new-key">
      <label>
        Your new key, shown only this once
        <input
          ref={field}
          type="text"
          readOnly
          value={secret}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
      </label>
      <CopyButton text={secret} what="key" studio={studio} />
    </div>
  );
}

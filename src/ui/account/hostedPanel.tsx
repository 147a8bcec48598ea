/** The user's own key for the hosted service. */
import { useState } from 'preact/hooks';
import { useLoaded } from './loaded';
import type { PanelProps } from './panel';

export function HostedPanel({ studio, account: { hosted } }: PanelProps) {
  const [hasKey, refresh] = useLoaded(async () => (await hosted?.hasKey()) ?? false);
  const [secret, setSecret] = useState('');
  if (!hosted || hasKey.state !== 'ready') return null;
  const save = async (value: string | null) => {
    await hosted.setKey(value);
    setSecret('');
    refresh();
    studio.announce(value === null ? 'The key is forgotten.' : 'The key is kept in this browser.');
  };
  return (
    <form
      class="hosted-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (secret.trim() !== '') void save(secret.trim());
      }}
    >
      <p class="account-note">
        Requests that say <code>engine: "hosted"</code>, or <code>"auto"</code> where this device cannot, go to{' '}
        {new URL(hosted.origin).host} with your own key and at its prices. You are asked before a prompt first leaves
        this machine.
      </p>
      <label for="hosted-key">{hasKey.value ? 'Another key' : 'Your key'}</label>
      <input
        id="hosted-key"
        type="password"
        autocomplete="off"
        value={secret}
        onInput={({ currentTarget }) => setSecret(currentTarget.value)}
      />
      <div class="account-actions">
        <button type="submit" class="button">
          Keep this key
        </button>
        {hasKey.value && (
          <button type="button" class="button" onClick={() => void save(null)}>
            Forget the key
          </button>
        )}
      </div>
    </form>
  );
}

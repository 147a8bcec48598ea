/** For those who want more: costs, code, keys. Folded, and loaded when unfolded. */
import { useState } from 'preact/hooks';
import { useLazy } from '../lazy';
import type { Panel, PanelProps } from './panel';

export function AccountSection(props: PanelProps) {
  return (
    <section class="account" aria-labelledby="account-title">
      <h2 id="account-title">Usage and API</h2>
      <Fold {...props} title="Usage" load={async () => (await import('./usagePanel')).UsagePanel} />
      <Fold {...props} title="Use from code" load={async () => (await import('./codePanel')).CodePanel} />
      <Fold {...props} title="API keys" load={async () => (await import('./keysPanel')).KeysPanel} />
      {props.account.hosted && (
        <Fold {...props} title="Hosted service" load={async () => (await import('./hostedPanel')).HostedPanel} />
      )}
    </section>
  );
}

interface FoldProps extends PanelProps {
  readonly title: string;
  readonly load: () => Promise<Panel>;
}

function Fold({ title, load, studio, account }: FoldProps) {
  const [isOpen, setOpen] = useState(false);
  const Loaded = useLazy(load, isOpen);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{title}</summary>
      <div class="account-panel">{Loaded && <Loaded studio={studio} account={account} />}</div>
    </details>
  );
}

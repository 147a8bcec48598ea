/** For those who want more: models, costs, code, keys. Folded, and loaded when unfolded. */
import { useState } from 'preact/hooks';
import { MODELS_FOLD_ID } from '../models/modelField';
import type { Panel, PanelProps } from './panel';

export function AccountSection(props: PanelProps) {
  return (
    <section class="account" aria-labelledby="account-title">
      <h2 id="account-title">Models, usage and API</h2>
      <Fold
        {...props}
        id={MODELS_FOLD_ID}
        title="Models"
        load={async () => (await import('../models/modelsPanel')).ModelsPanel}
      />
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
  readonly id?: string;
  readonly title: string;
  readonly load: () => Promise<Panel>;
}

function Fold({ id, title, load, studio, account }: FoldProps) {
  const [Loaded, setLoaded] = useState<Panel | null>(null);
  const open = async () => {
    const panel = await load();
    // A function given to a setter would be called.
    setLoaded(() => panel);
  };
  return (
    <details id={id} onToggle={({ currentTarget }) => currentTarget.open && !Loaded && void open()}>
      <summary>{title}</summary>
      <div class="account-panel">{Loaded && <Loaded studio={studio} account={account} />}</div>
    </details>
  );
}

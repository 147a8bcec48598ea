/** What pictures cost, and what is left. */
import { useEffect } from 'preact/hooks';
import type { Account, UsageEntry, UsageSummary } from '../../client/account';
import { Icon } from '../icons';
import { saveFile } from '../saveFile';
import { useLoaded } from './loaded';
import { dollars } from './money';
import type { PanelProps } from './panel';

/** Rows shown; the file has all of them. */
const SHOWN_ENTRIES = 12;

export function UsagePanel({ studio, account }: PanelProps) {
  const [usage, refresh] = useLoaded(() => account.usage());
  useSubscription(account, refresh);
  if (usage.state === 'failed') return <p role="alert">The ledger cannot be read: {usage.message}</p>;
  if (usage.state === 'loading') return null;
  const topUp = async () => {
    await account.topUp();
    studio.announce('$10 of credits added.');
  };
  return (
    <>
      <Figures usage={usage.value} />
      <div class="account-actions">
        <button type="button" class="button" onClick={() => void topUp()}>
          Add $10 of credits
        </button>
        <button
          type="button"
          class="button"
          onClick={async () => saveFile(await account.costsCsv(), 'tessera-usage.csv')}
        >
          <Icon name="download" />
          Export CSV
        </button>
      </div>
      <p class="account-note">
        Credits are free and live in this browser: they let code written for the hosted service meet the same answers.
        Models asked for by their own name cost nothing.
      </p>
      <Entries entries={usage.value.entries} />
    </>
  );
}

function Figures({ usage }: { readonly usage: UsageSummary }) {
  const figures: readonly (readonly [string, string])[] = [
    ['Balance', dollars(usage.balance)],
    ['Today', dollars(usage.today)],
    ['This month', dollars(usage.month)],
    ...(usage.budgetLeft === null ? [] : [['Budget left', dollars(usage.budgetLeft)] as const]),
    ['Not spent', dollars(usage.notSpent)],
  ];
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Entries({ entries }: { readonly entries: readonly UsageEntry[] }) {
  if (entries.length === 0) return <p class="account-note">Nothing drawn yet.</p>;
  const shown = entries.slice(0, SHOWN_ENTRIES);
  const more = entries.length - shown.length;
  return (
    <>
      <table class="entries">
        <caption class="visually-hidden">Pictures and their cost, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Asked for</th>
            <th scope="col">Drawn by</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ number, at, model, servedBy, cost, paidTo }) => (
            <tr key={number}>
              <td>{at.toLocaleString()}</td>
              <td>{model}</td>
              <td>{paidTo === 'hosted' ? 'hosted service' : servedBy}</td>
              <td>{dollars(cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="account-note">And {more} more in the CSV file.</p>}
    </>
  );
}

/** Pictures of other tabs count too. */
function useSubscription(account: Account, refresh: () => void): void {
  useEffect(() => {
    const subscribed = account.subscribe(refresh);
    return () => void subscribed.then((stop) => stop());
  }, [account, refresh]);
}

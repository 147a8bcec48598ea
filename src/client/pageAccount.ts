/** The account of this browser: what its parts keep, loaded when somebody asks. */
import type { Account, HostedSettings } from './account';
import type { Parts } from './parts';

export function createAccount(parts: () => Promise<Parts>, hosted: HostedSettings | null): Account {
  return {
    hosted,
    usage: async () => (await parts()).usage(),
    topUp: async () => (await parts()).ledger.topUp(),
    costsCsv: async () => (await parts()).ledger.csv(),
    subscribe: async (listener) => (await parts()).ledger.subscribe(listener),
    keys: {
      list: async () => (await parts()).keys.list(),
      create: async (name) => (await parts()).keys.create(name),
      revoke: async (id) => (await parts()).keys.revoke(id),
    },
  };
}

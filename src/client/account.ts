/** What the owner of this browser can see and do beyond the API: what pictures cost, credits, keys, the hosted service. */

export interface UsageEntry {
  /** Entries are numbered in the order of their making. */
  readonly number: number;
  readonly at: Date;
  /** The id that was asked for. */
  readonly model: string;
  /** The model that really drew. */
  readonly servedBy: string;
  /** Pictures. */
  readonly quantity: number;
  /** Decimal text in USD, as all money here. */
  readonly cost: string;
  /** Paid to the hosted service with the user's own key: not taken from the balance. */
  readonly paidTo: 'local' | 'hosted';
}

export interface UsageSummary {
  readonly balance: string;
  /** Of the day and the month so far (UTC). */
  readonly today: string;
  readonly month: string;
  /** What the hosted service would have charged for what was drawn here. */
  readonly notSpent: string;
  /** What the budget leaves; null when the owner of the page has set none. */
  readonly budgetLeft: string | null;
  /** The last ones, newest first. */
  readonly entries: readonly UsageEntry[];
}

export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** The user's own key for the hosted service. */
export interface HostedSettings {
  /** Where requests would go. */
  readonly origin: string;
  hasKey(): Promise<boolean>;
  /** Null forgets it, and the consent with it. */
  setKey(secret: string | null): Promise<void>;
}

export interface Account {
  usage(): Promise<UsageSummary>;
  /** Adds the credits of one click. */
  topUp(): Promise<void>;
  /** All entries, as a CSV file. */
  costsCsv(): Promise<Blob>;
  /** Called after each change, made in this tab or another one. Resolves to the way to stop. */
  subscribe(listener: () => void): Promise<() => void>;
  readonly keys: {
    list(): Promise<readonly KeyInfo[]>;
    /** The secret is told this once. */
    create(name: string): Promise<{ readonly id: string; readonly secret: string }>;
    revoke(id: string): Promise<void>;
  };
  /** Null where the deployment does not allow the hosted service. */
  readonly hosted: HostedSettings | null;
}

/** What every panel of the section gets. */
import type { ComponentType } from 'preact';
import type { Account } from '../../client/account';
import type { Studio } from '../studio';

export interface PanelProps {
  readonly studio: Studio;
  readonly account: Account;
}

export type Panel = ComponentType<PanelProps>;

/** What every route is given, and how the API is set up. */
import type { Context } from 'hono';
import type { CallHooks } from './deps';

export interface ApiOptions {
  /** The path below which all routes are, ending in a slash. */
  readonly basePath?: string;
  /** How long a task runs on after nobody waits for it any more; 0 in pages, where leaving is meant. */
  readonly graceMs?: number;
  readonly requestsPerMinute?: number;
  /** When headers go out before the picture is done, and how often a blank follows. */
  readonly patience?: { readonly afterMs: number; readonly everyMs: number };
  /** Who draws for OpenAI's requests that name no model, or one of theirs. */
  readonly defaultModel?: string;
}

export interface Environment {
  Bindings: { readonly hooks: CallHooks };
  Variables: { keyId: string };
}

export type ApiContext = Context<Environment>;

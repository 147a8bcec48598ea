/**
 * What the service worker and the pages of its scope say to each other. The worker asks each page that could have the engine
 * over a channel of its own; the page answers with a port, and that port speaks HTTP (see frames.ts).
 */

/** Goes up with every change of these messages or of the frames: worker and page may come from different releases. */
export const DOOR_VERSION = 1;

const QUESTION = 'tessera:who-draws';
const CLAIM = 'tessera:claim';

/** From the worker to a page, with a port to answer on. */
export interface Question {
  readonly type: typeof QUESTION;
  readonly version: number;
  /** Where the worker is at home: pages of other deployments on the same origin do not answer. */
  readonly scope: string;
}

/** From a page that has the engine, with the port of the wire where both speak the same version. */
export interface Offer {
  readonly version: number;
  /** Jobs that it has already: one queue for all tabs is fair, two engines on one GPU are slow. */
  readonly pending: number;
}

/** From a page that no worker controls, which a reload past the cache leads to. */
export interface Claim {
  readonly type: typeof CLAIM;
}

export function questionFrom(scope: string): Question {
  return { type: QUESTION, version: DOOR_VERSION, scope };
}

export function readQuestion(data: unknown): Question | null {
  if (!isRecord(data) || data.type !== QUESTION) return null;
  const { version, scope } = data;
  return typeof version === 'number' && typeof scope === 'string' ? { type: QUESTION, version, scope } : null;
}

export function readOffer(data: unknown): Offer | null {
  if (!isRecord(data)) return null;
  const { version, pending } = data;
  return typeof version === 'number' && typeof pending === 'number' ? { version, pending } : null;
}

export function claim(): Claim {
  return { type: CLAIM };
}

export function isClaim(data: unknown): data is Claim {
  return isRecord(data) && data.type === CLAIM;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

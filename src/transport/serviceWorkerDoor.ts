/**
 * What the service worker and the pages of its scope say to each other. The worker asks every page "can you draw?" over a
 * channel of its own; a page with an engine answers on it with a port, and that port speaks HTTP (see frames.ts).
 */

/** Goes up with every change of these messages or of the frames: worker and page may come from different releases. */
export const DOOR_VERSION = 1;

const QUESTION = 'tessera:can-you-draw';
const CLAIM = 'tessera:take-me';

/** From the worker to each page. */
export interface Question {
  readonly type: typeof QUESTION;
  readonly version: number;
  /** Pages of other deployments on the same origin do not answer. */
  readonly scope: string;
}

/** From a page that has an engine, with a MessagePort beside it when both speak the same version. */
export interface Offer {
  readonly version: number;
  /** Jobs waiting or running. */
  readonly pending: number;
  readonly isVisible: boolean;
}

/** From a page that no worker controls, which a reload without cache leads to. */
export interface Claim {
  readonly type: typeof CLAIM;
}

export function questionFor(scope: string): Question {
  return { type: QUESTION, version: DOOR_VERSION, scope };
}

export function readQuestion(data: unknown): Question | null {
  if (!isRecord(data) || data.type !== QUESTION) return null;
  const { version, scope } = data;
  return typeof version === 'number' && typeof scope === 'string' ? { type: QUESTION, version, scope } : null;
}

export function readOffer(data: unknown): Offer | null {
  if (!isRecord(data)) return null;
  const { version, pending, isVisible } = data;
  if (typeof version !== 'number' || typeof pending !== 'number' || typeof isVisible !== 'boolean') return null;
  return { version, pending, isVisible };
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

/** How the service worker asks pages who can draw, and what they answer. Versions must understand each other: add, never change. */

/** Sent to every page, with a port to answer on. */
export const WHO_DRAWS = 'tessera:who-draws';

/** A page's answer, with the port of the wire. */
export interface IDraw {
  /** Jobs that it has already: one queue for all tabs is fair, two engines on one GPU are slow. */
  readonly pending: number;
}

export function isIDraw(value: unknown): value is IDraw {
  return typeof value === 'object' && value !== null && 'pending' in value && typeof value.pending === 'number';
}

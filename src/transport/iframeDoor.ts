/** What both halves of the iframe carrier agree on. */
import type { Methods, Reply } from 'penpal';

export const HANDSHAKE_CHANNEL = 'tessera';

/** The one method that crosses by penpal; everything else is HTTP over the port that it hands out. */
export interface ChildDoor extends Methods {
  readonly openPort: () => Reply<MessagePort>;
}

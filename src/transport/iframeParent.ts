/** The embedding page's half of the iframe carrier: a handshake with the child, then a port that belongs to us alone. */
import { CallOptions, connect, WindowMessenger } from 'penpal';
import { abortable } from '../api/abortable';
import { type ChildDoor, HANDSHAKE_CHANNEL } from './iframeDoor';

export interface ParentOptions {
  /** The child's exact origin: nobody else is listened to, should the frame navigate away. */
  readonly childOrigin: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks the page inside the frame for a port. The child answers allowed parents only, so a refusal looks like silence.
 *
 * @throws PenpalError when the time is up; the signal's reason when it fires
 */
export async function portOfChild(frame: Window, options: ParentOptions): Promise<MessagePort> {
  const { childOrigin, timeoutMs, signal } = options;
  const connection = connect<ChildDoor>({
    messenger: new WindowMessenger({ remoteWindow: frame, allowedOrigins: [childOrigin] }),
    channel: HANDSHAKE_CHANNEL,
    timeout: timeoutMs,
  });
  try {
    const child = await abortable(connection.promise, signal);
    return await abortable(child.openPort(new CallOptions({ timeout: timeoutMs })), signal);
  } finally {
    // The port needs no penpal; and who keeps listening can be talked to.
    connection.destroy();
  }
}

/** The embedded page's half of the iframe carrier: gives a port to a parent that the deployment allows, and to nobody else. */
import { connect, Reply, WindowMessenger } from 'penpal';
import { type ChildDoor, HANDSHAKE_CHANNEL } from './iframeDoor';

/**
 * Waits for the page around this one. Other senders, other origins and other messages are not answered; a page of our own
 * origin may always embed us, since it can do what we can. Resolves with the port, once; the door is closed from then on.
 */
export function portForParent(parents: readonly string[]): Promise<MessagePort> {
  const allowedOrigins = [location.origin, ...parents].filter(isExactOrigin);
  return new Promise((resolve) => {
    // penpal takes an empty list for "our own origin", which for a sandboxed page is the `null` of all sandboxed pages.
    if (window.parent === window || allowedOrigins.length === 0) return;
    let isOpen = true;
    const door: ChildDoor = {
      openPort: () => {
        if (!isOpen) throw new Error('This page has given its port away.');
        isOpen = false;
        const { port1, port2 } = new MessageChannel();
        resolve(port1);
        return new Reply(port2, { transferables: [port2] });
      },
    };
    const connection = connect({
      messenger: new WindowMessenger({ remoteWindow: window.parent, allowedOrigins }),
      channel: HANDSHAKE_CHANNEL,
      // No prototype: a path of names like `constructor` leads nowhere.
      methods: Object.assign(Object.create(null), door),
    });
    connection.promise.catch(() => {});
  });
}

/** `https://example.com`, nothing looser: no path, no wildcard, and not the `null` of sandboxed pages. */
export function isExactOrigin(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { origin } = new URL(text);
  return origin !== 'null' && origin === text;
}

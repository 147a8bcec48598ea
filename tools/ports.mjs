/** Free loopback ports. */
import { once } from 'node:events';
import { createServer } from 'node:net';

export const HOST = '127.0.0.1';

/**
 * A port nobody listens on right now.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** An https host for reference pictures that counts who comes, with a certificate that only the test trusts. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const TLS = join(import.meta.dirname, '../../../fixtures/tls');
export const CERTIFICATE = readFileSync(join(TLS, 'cert.pem'), 'utf8');

export interface PictureHost {
  readonly port: number;
  /** Connections so far, whether or not they asked for anything. */
  readonly visits: () => number;
  /** Headers of the last request. */
  readonly lastHeaders: () => IncomingMessage['headers'];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export async function startPictureHost(address: string, answer: Answer): Promise<PictureHost> {
  let visits = 0;
  let headers: IncomingMessage['headers'] = {};
  const server = createServer({ cert: CERTIFICATE, key: readFileSync(join(TLS, 'key.pem')) }, (request, response) => {
    headers = request.headers;
    answer(request, response);
  });
  server.on('connection', () => {
    visits += 1;
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    visits: () => visits,
    lastHeaders: () => headers,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

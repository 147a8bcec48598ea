/** The server of `npm run serve` without its browser: a real HTTP server, real sockets, and pages that the test plays. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { fetchOver } from '../../../../src/transport/fetchOver';
import { serveFetch } from '../../../../src/transport/serveFetch';
import { MAX_MESSAGE_BYTES, socketFrames } from '../../../../src/transport/socketFrames';
import { createCarrier } from '../../../../tools/serve/carrier.mjs';
import { type Link, openDoor } from '../../../../tools/serve/door.mjs';
import { createGate, type GateOptions } from '../../../../tools/serve/gate.mjs';
import { createHttpServer } from '../../../../tools/serve/http.mjs';
import { NoPage } from '../../../../tools/serve/keeper.mjs';

export const PAGE_ORIGIN = 'http://tessera.localhost';
const WIRE = { fetchOver, serveFetch, socketFrames, MAX_MESSAGE_BYTES } as const;

export type PageFetch = (request: Request) => Response | Promise<Response>;

export interface Page {
  readonly link: Link;
  /** As a browser that is killed. */
  die(): void;
}

export interface Stage {
  readonly url: string;
  readonly doorUrl: string;
  readonly door: ReturnType<typeof openDoor>;
  /** A page connects and takes the place of the one before. */
  enter(fetch: PageFetch): Promise<Page>;
  close(): Promise<void>;
}

export async function openStage(gate: Partial<GateOptions> = {}): Promise<Stage> {
  const inner = await listening(createServer());
  const door = openDoor(inner.server, {
    origin: PAGE_ORIGIN,
    wire: WIRE,
    outside: async () => new Response('outside'),
  });
  const pages: Page[] = [];
  /** Keeps to the contract of the keeper: the living page, or after a moment none. */
  const link = async (signal: AbortSignal): Promise<Link> => {
    for (let tries = 0; tries < 20; tries += 1) {
      signal.throwIfAborted();
      const living = pages.find((page) => !page.link.isLost);
      if (living) return living.link;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new NoPage('No page.');
  };
  const outer = await listening(
    createHttpServer({
      gate: createGate({ host: '127.0.0.1', allowedOrigins: [], key: null, ...gate }),
      carry: createCarrier({ link }),
      health: () => ({ status: 'ok' }),
    }),
  );
  return {
    url: `http://127.0.0.1:${outer.port}`,
    doorUrl: `ws://127.0.0.1:${inner.port}`,
    door,
    enter: async (fetch) => {
      const page = await enter(door, `ws://127.0.0.1:${inner.port}`, fetch);
      pages.push(page);
      return page;
    },
    close: async () => {
      for (const page of pages) page.die();
      await Promise.all([closed(outer.server), closed(inner.server)]);
    },
  };
}

async function enter(door: Stage['door'], doorUrl: string, fetch: PageFetch): Promise<Page> {
  const { token, link } = door.expect();
  const asks = await knock(doorUrl, { role: 'asks', token });
  const answers = await knock(doorUrl, { role: 'answers', token });
  serveFetch(socketFrames(answers), fetch);
  const die = () => {
    asks.terminate();
    answers.terminate();
  };
  return { link: await link, die };
}

/** Rejects when the door stays shut. */
export async function knock(
  doorUrl: string,
  { origin = PAGE_ORIGIN, ...query }: { readonly origin?: string } & Readonly<Record<string, string>>,
): Promise<WebSocket> {
  const socket = new WebSocket(`${doorUrl}/?${new URLSearchParams(query)}`, { origin });
  await once(socket, 'open');
  return socket;
}

async function listening(server: Server): Promise<{ readonly server: Server; readonly port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

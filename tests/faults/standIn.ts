/** A real HTTP server in place of somebody else's: it behaves as told, request by request, and remembers what it was asked. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Behaviour = (response: ServerResponse, asked: Asked) => void | Promise<void>;

type Body = string | Uint8Array;

export class StandIn {
  readonly asked: Asked[] = [];
  /** Answers that the client did not wait for. */
  hangUps = 0;
  #behaviours: Behaviour[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      response.once('close', () => {
        if (!response.writableFinished) this.hangUps += 1;
      });
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<StandIn> {
    const standIn = new StandIn();
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** One behaviour a request; the last one stays. Forgets what was asked before. */
  behave(...behaviours: readonly Behaviour[]): void {
    this.#behaviours = [...behaviours];
    this.asked.length = 0;
    this.hangUps = 0;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', '*');
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { method = '', url: path = '', headers } = request;
    const asked = { method, path, headers, body: Buffer.concat(pieces).toString() };
    this.asked.push(asked);
    const [next, ...rest] = this.#behaviours;
    if (rest.length > 0) this.#behaviours = rest;
    await next?.(response, asked);
  }
}

export const answer =
  (status: number, body: Body, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  answer(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

export const webPage: Behaviour = answer(200, '<!doctype html><title>Welcome</title><p>Accept our terms.</p>', {
  'content-type': 'text/html',
});

/** Takes the request and never answers. */
export const silent: Behaviour = () => {};

/** Breaks the line without an answer. */
export const hangUp: Behaviour = (response) => {
  response.destroy();
};

/** Sends a part and then nothing, the line open. */
export const stalledAfter =
  (body: Body): Behaviour =>
  (response) => {
    response.writeHead(200).write(body);
  };

/** Announces the whole and breaks the line after a part. */
export const cutAfter =
  (body: Body, announcedBytes: number): Behaviour =>
  async (response) => {
    response.writeHead(200, { 'content-length': announcedBytes, 'content-type': 'application/json' }).write(body);
    // Time to leave the socket: what was not sent yet is lost when the line breaks.
    await delay(20);
    response.destroy();
  };

/** Ends early without an error: no length, and the connection closed. */
export const endedEarly =
  (body: Body): Behaviour =>
  (response) => {
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { connection: 'close' }).end(body);
  };

/** Sends without end, and says nothing about the length. */
export const endless: Behaviour = async (response) => {
  response.writeHead(200);
  const piece = new Uint8Array(64 * 1024);
  while (!response.destroyed) {
    if (!response.write(piece)) await drained(response);
  }
};

/** Ready for more, or closed. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
}

/** Sends byte by byte with pauses. */
export const trickled =
  (body: Uint8Array, pauseMs: number): Behaviour =>
  async (response) => {
    response.writeHead(200);
    for (const byte of body) {
      response.write(Uint8Array.of(byte));
      await delay(pauseMs);
    }
    response.end();
  };

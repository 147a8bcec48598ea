/** A real HTTP server for weights that misbehaves on purpose, and remembers what it was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type NoiseModel, sha256 } from './model';

export type Misbehaviour =
  /** Answers 200 with the whole file, whatever range was asked for. */
  | { readonly type: 'ignoreRange' }
  /** Says 206 and sends the bytes one further on. */
  | { readonly type: 'wrongRange' }
  /** Breaks the connection after so many bytes of the body. */
  | { readonly type: 'reset'; readonly afterBytes: number }
  /** Ends the body early without an error: HTTP/1.1, no length, connection closed. */
  | { readonly type: 'truncate'; readonly afterBytes: number }
  /** Announces another length than it sends: more breaks off at the end, less cuts the body. */
  | { readonly type: 'lieAboutLength'; readonly byBytes: number }
  /** One byte of the file, counted from its start, has all its bits flipped. */
  | { readonly type: 'flip'; readonly atByte: number }
  | { readonly type: 'html' }
  | { readonly type: 'status'; readonly status: number; readonly retryAfterS?: number }
  /** Accepts the request and never answers. */
  | { readonly type: 'silent' }
  /** Sends so many bytes and then nothing, the connection open. */
  | { readonly type: 'stall'; readonly afterBytes: number }
  /** Sends in pieces with pauses. */
  | { readonly type: 'slow'; readonly pieceBytes: number; readonly pauseMs: number };

export type Fault = Misbehaviour & {
  /** Only this file. Default: every file but the manifest. */
  readonly path?: string;
  /** How many requests it hits. Default: all. */
  readonly times?: number;
};

export interface Asked {
  readonly path: string;
  /** Of the file, end exclusive. `null`: no range asked for. */
  readonly range: readonly [number, number] | null;
  /** Only there where the range was asked for if the file has not changed. */
  readonly ifRange?: string;
}

const ALLOW_ALL = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'content-range, content-length, etag',
  // Pages that are cross-origin isolated load nothing without it.
  'cross-origin-resource-policy': 'cross-origin',
};

export class FaultServer {
  /** Requests for weight files, in order. */
  readonly asked: Asked[] = [];
  manifestRequests = 0;
  #faults: { fault: Fault; left: number }[] = [];
  readonly #server: Server;
  /** As hosts of models do: files are at signed addresses, each of which serves so many requests. */
  #signing: { readonly uses: number; readonly used: Map<string, number> } | null = null;

  private constructor(private model: NoiseModel) {
    this.#server = createServer((request, response) => {
      // A client that hangs up while we write is what many tests are about.
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(model: NoiseModel, port = 0): Promise<FaultServer> {
    const server = new FaultServer(model);
    await new Promise<void>((resolve) => server.#server.listen(port, '127.0.0.1', resolve));
    return server;
  }

  get manifestUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/manifest.json`;
  }

  /** Replaces the faults; the first that fits a request and is not used up applies. */
  misbehave(...faults: readonly Fault[]): void {
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
  }

  /** Redirects every file to a signed address that expires after so many requests. */
  sign(uses: number): void {
    this.#signing = { uses, used: new Map() };
  }

  url(path: string): string {
    return new URL(path, this.manifestUrl).href;
  }

  /** A new revision is deployed. */
  deploy(model: NoiseModel): void {
    this.model = model;
  }

  forget(): void {
    this.asked.length = 0;
    this.manifestRequests = 0;
  }

  openConnections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  /** Breaks what is open: a server that goes away does not say goodbye. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
    const path = pathname.slice(1);
    if (this.#signing && path !== 'manifest.json') {
      const refusal = this.#refuseUnsigned(path, searchParams.get('signature'), response);
      if (refusal) return;
    }
    const isManifest = path === 'manifest.json';
    const file = isManifest ? Buffer.from(JSON.stringify(this.model.manifest)) : this.model.files.get(path);
    const range = file ? rangeOf(request, file) : null;
    if (isManifest) this.manifestRequests += 1;
    else this.asked.push({ path, range, ...ifRangeOf(request) });
    const fault = this.#faultFor(path, isManifest);
    if (!file) return sendStatus(response, { status: 404 });
    if (isManifest && !fault) return sendManifest(request, response, file);
    return send(response, { file, range, fault });
  }

  /** True when the request was answered with a redirect or a refusal. */
  #refuseUnsigned(path: string, signature: string | null, response: ServerResponse): boolean {
    const { uses, used } = this.#signing ?? { uses: 0, used: new Map<string, number>() };
    if (signature === null) {
      const fresh = String(used.size + 1);
      used.set(fresh, 0);
      response.writeHead(302, { ...ALLOW_ALL, location: `/${path}?signature=${fresh}` }).end();
      return true;
    }
    const count = used.get(signature) ?? uses;
    used.set(signature, count + 1);
    if (count < uses) return false;
    sendStatus(response, { status: 403 });
    return true;
  }

  #faultFor(path: string, isManifest: boolean): Fault | null {
    const entry = this.#faults.find(
      ({ fault, left }) => left > 0 && (fault.path ?? (isManifest ? null : path)) === path,
    );
    if (!entry) return null;
    entry.left -= 1;
    return entry.fault;
  }
}

interface Delivery {
  readonly file: Buffer;
  readonly range: readonly [number, number] | null;
  readonly fault: Fault | null;
}

/** Null for the whole file, also where a part was asked for of another version. */
function rangeOf(request: IncomingMessage, file: Buffer): [number, number] | null {
  const { ifRange } = ifRangeOf(request);
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (!match || (ifRange !== undefined && ifRange !== etagOf(file))) return null;
  const last = match[2] ? Number(match[2]) : file.length - 1;
  return [Number(match[1]), Math.min(last + 1, file.length)];
}

function ifRangeOf({ headers }: IncomingMessage): { ifRange?: string } {
  const ifRange = headers['if-range'];
  return typeof ifRange === 'string' ? { ifRange } : {};
}

const etags = new WeakMap<Buffer, string>();

function etagOf(file: Buffer): string {
  const etag = etags.get(file) ?? `"${sha256(file).slice(0, 16)}"`;
  etags.set(file, etag);
  return etag;
}

async function send(response: ServerResponse, { file, range, fault }: Delivery): Promise<void> {
  if (fault?.type === 'status') return sendStatus(response, fault);
  if (fault?.type === 'html') return sendPage(response);
  if (fault?.type === 'silent') return;
  if (range && range[0] >= file.length) return sendStatus(response, { status: 416 });
  const asked = fault?.type === 'ignoreRange' ? null : range;
  const [start, end] = asked ?? [0, file.length];
  const shift = fault?.type === 'wrongRange' && asked ? 1 : 0;
  const body = flipped(file, fault).subarray(start + shift, end + shift);
  response.statusCode = asked ? 206 : 200;
  response.setHeader('etag', etagOf(file));
  writeHeaders(response, body.length, fault);
  if (asked) response.setHeader('content-range', `bytes ${start}-${end - 1}/${file.length}`);
  return sendBody(response, body, fault);
}

function flipped(file: Buffer, fault: Fault | null): Buffer {
  if (fault?.type !== 'flip') return file;
  const copy = Buffer.from(file);
  copy[fault.atByte] = ~(copy[fault.atByte] ?? 0) & 0xff;
  return copy;
}

function writeHeaders(response: ServerResponse, bodyBytes: number, fault: Fault | null): void {
  for (const [name, value] of Object.entries(ALLOW_ALL)) response.setHeader(name, value);
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('accept-ranges', 'bytes');
  if (fault?.type === 'truncate') {
    response.setHeader('connection', 'close');
    response.useChunkedEncodingByDefault = false;
  } else {
    response.setHeader('content-length', bodyBytes + (fault?.type === 'lieAboutLength' ? fault.byBytes : 0));
  }
}

async function sendBody(response: ServerResponse, body: Buffer, fault: Fault | null): Promise<void> {
  switch (fault?.type) {
    case 'truncate':
      response.end(body.subarray(0, fault.afterBytes));
      return;
    case 'reset':
      await written(response, body.subarray(0, fault.afterBytes));
      // Time to leave the socket: a reset discards what was not sent yet.
      await delay(20);
      response.socket?.resetAndDestroy();
      return;
    case 'stall':
      await written(response, body.subarray(0, fault.afterBytes));
      return;
    case 'slow':
      for (let at = 0; at < body.length && !response.destroyed; at += fault.pieceBytes) {
        await written(response, body.subarray(at, at + fault.pieceBytes));
        await delay(fault.pauseMs);
      }
      response.end();
      return;
    case 'lieAboutLength':
      await written(response, body);
      response.destroy();
      return;
    default:
      response.end(body);
  }
}

/** Written, or the connection gone. */
function written(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(bytes, done);
  });
}

function sendManifest(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  // As static hosts do: revalidated by its ETag.
  const etag = `"${sha256(body)}"`;
  const isKnown = request.headers['if-none-match'] === etag;
  response.writeHead(isKnown ? 304 : 200, { ...ALLOW_ALL, etag, 'content-type': 'application/json' });
  response.end(isKnown ? undefined : body);
}

function sendStatus(response: ServerResponse, { status, retryAfterS }: { status: number; retryAfterS?: number }): void {
  const wish = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
  response.writeHead(status, { ...ALLOW_ALL, ...wish });
  response.end();
}

function sendPage(response: ServerResponse): void {
  response.writeHead(200, { ...ALLOW_ALL, 'content-type': 'text/html; charset=utf-8' });
  response.end('<!doctype html><title>Welcome</title><p>Please accept the terms of this network.</p>');
}

/** The asking end of a port: a `fetch` whose requests are answered on the other side. */
import { connectionLost, type Exchange, Exchanges } from './exchanges';
import { checkedFrame, type Frame, type FramePort, type ResponseMeta, reasonText } from './frames';
import { IncomingBody } from './incomingBody';
import { MAX_OPEN_REQUESTS, WINDOW_BYTES } from './limits';
import { OutgoingBody } from './outgoingBody';

export interface FetchOverOptions {
  /** What relative URLs are relative to; the page's own base when left out. */
  readonly baseUrl?: string;
  /** More at once are rejected. */
  readonly maxOpenRequests?: number;
  /** How much of a response's body may wait here unread. */
  readonly windowBytes?: number;
  /** Called each time that the last open request has ended, its response read or given up. */
  readonly onIdle?: () => void;
}

/**
 * Takes the port over. Every promise settles: with the response, with the reason of an aborted signal, or with a
 * TypeError, as for a broken connection, when the other side fails or the port closes. Bodies that are being read end alike.
 *
 * @example const answer = await fetchOver(messagePortFrames(port))('https://tessera.example/v2/models');
 */
export function fetchOver(port: FramePort, options: FetchOverOptions = {}): typeof fetch {
  const { baseUrl, maxOpenRequests = MAX_OPEN_REQUESTS, windowBytes = WINDOW_BYTES, onIdle } = options;
  // Late frames of finished exchanges are normal.
  const exchanges = new Exchanges<AskedExchange>(port, () => {});
  let lastId = 0;
  return async (input, init) => {
    const request = new Request(typeof input === 'string' && baseUrl ? new URL(input, baseUrl) : input, init);
    request.signal.throwIfAborted();
    if (exchanges.isClosed) throw connectionLost('it was closed before');
    if (exchanges.size >= maxOpenRequests) throw new TypeError('Too many requests are open.');
    lastId += 1;
    const id = lastId;
    const onEnd = () => {
      exchanges.remove(id);
      if (exchanges.size === 0) onIdle?.();
    };
    const exchange = new AskedExchange({ id, request, port, windowBytes, onEnd });
    exchanges.add(id, exchange);
    return exchange.run();
  };
}

interface AskedOptions {
  readonly id: number;
  readonly request: Request;
  readonly port: FramePort;
  readonly windowBytes: number;
  readonly onEnd: () => void;
}

class AskedExchange implements Exchange {
  #isAnswered = false;
  #incoming: IncomingBody | null = null;
  #outgoing: OutgoingBody | null = null;
  #isOver = false;
  #resolve: (response: Response) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  readonly #onAbort = () => this.#cancel(this.options.request.signal.reason);

  constructor(private readonly options: AskedOptions) {}

  run(): Promise<Response> {
    this.options.request.signal.addEventListener('abort', this.#onAbort, { once: true });
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      void this.#ask();
    });
  }

  receive(frame: Frame): boolean {
    switch (frame.kind) {
      case 'response':
        return this.#answer(frame.meta, frame.bytes);
      case 'data':
        return this.#incoming?.accept(frame.bytes) ?? false;
      case 'end':
        this.#incoming?.end();
        this.#finish(connectionLost('it answered nothing'));
        return true;
      case 'error':
      case 'abort':
        this.#finish(new TypeError(frame.meta));
        return true;
      case 'credit':
        this.#outgoing?.giveCredit(frame.meta);
        return true;
      default:
        return false;
    }
  }

  fail(reason: Error): void {
    this.#finish(reason);
  }

  /** The request, then its body as the other side asks for it. */
  async #ask(): Promise<void> {
    const { id, port, request } = this.options;
    try {
      const body = await bodyOf(request);
      if (this.#isOver) return void body?.cancel(request.signal.reason).catch(() => {});
      const { method, url, headers } = request;
      const meta = { method, url, headers: Array.from(headers), hasBody: body !== null };
      if (body) {
        this.#outgoing = new OutgoingBody(body, (bytes) =>
          port.send({ id, kind: 'data', meta: null, bytes }, [bytes.buffer]),
        );
      }
      port.send(checkedFrame({ id, kind: 'request', meta, bytes: null }));
      if (await this.#outgoing?.run()) port.send({ id, kind: 'end', meta: null, bytes: null });
    } catch (error) {
      this.#cancel(error);
    }
  }

  #answer({ status, statusText, headers, hasBody }: ResponseMeta, atRest: Blob | null): boolean {
    if (this.#isAnswered) return false;
    this.#isAnswered = true;
    if (hasBody && !atRest) this.#incoming = this.#expectBody();
    const pairs = headers.map(([name, value]): [string, string] => [name, value]);
    try {
      const body = atRest ?? this.#incoming?.stream ?? null;
      this.#resolve(new Response(body, { status, statusText, headers: pairs }));
      return true;
    } catch {
      // A header or a status text that no HTTP message could have.
      return false;
    }
  }

  #expectBody(): IncomingBody {
    const { id, port, windowBytes } = this.options;
    return new IncomingBody({
      windowBytes,
      grant: (bytes) => port.send({ id, kind: 'credit', meta: bytes, bytes: null }),
      onCancel: (reason) => this.#cancel(reason),
    });
  }

  /** This side wants no more. */
  #cancel(reason: unknown): void {
    if (this.#isOver) return;
    const { id, port } = this.options;
    port.send({ id, kind: 'abort', meta: reasonText(reason), bytes: null });
    this.#finish(reason);
  }

  #finish(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.options.request.signal.removeEventListener('abort', this.#onAbort);
    // Settled promises and ended bodies take no notice.
    this.#reject(reason);
    this.#incoming?.fail(reason);
    this.#outgoing?.stop(reason);
    this.options.onEnd();
  }
}

/** Firefox has no `Request.body`; there the body is read first. */
async function bodyOf(request: Request): Promise<ReadableStream<Uint8Array> | null> {
  const body: ReadableStream<Uint8Array> | null | undefined = request.body;
  if (body !== undefined) return body;
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  return new Response(await request.arrayBuffer()).body;
}

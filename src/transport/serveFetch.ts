/** The answering end of a port: runs the requests that arrive through a fetch function and sends the responses back. */
import { type Exchange, Exchanges } from './exchanges';
import { checkedFrame, type Frame, type FramePort, type RequestMeta, reasonText } from './frames';
import { IncomingBody } from './incomingBody';
import { MAX_OPEN_REQUESTS, WINDOW_BYTES } from './limits';
import { OutgoingBody } from './outgoingBody';
import { requestWithStream } from './requestWithStream';

/** The whole product is one of these. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

export interface ServeOptions {
  /** More at once are refused. The asking end keeps to the same number by itself. */
  readonly maxOpenRequests?: number;
  /** How much of a request's body may wait here unread. */
  readonly windowBytes?: number;
}

export interface ServedPort {
  readonly openRequests: number;
  /** Aborts what runs and closes the port. */
  close(): void;
}

/**
 * Serves a port until it closes. A request's signal aborts when the other side aborts it, and when the port closes.
 *
 * @example serveFetch(messagePortFrames(port), (request) => api.fetch(request));
 */
export function serveFetch(port: FramePort, fetch: FetchHandler, options: ServeOptions = {}): ServedPort {
  const { maxOpenRequests = MAX_OPEN_REQUESTS, windowBytes = WINDOW_BYTES } = options;
  const exchanges = new Exchanges<ServedExchange>(port, (frame) => {
    if (frame.kind !== 'request') return;
    const { id, meta } = frame;
    if (exchanges.size >= maxOpenRequests) {
      port.send({ id, kind: 'error', meta: 'Too many requests are open.', bytes: null });
      exchanges.strike();
      return;
    }
    const exchange = new ServedExchange({ id, meta, port, windowBytes, onEnd: () => exchanges.remove(id) });
    exchanges.add(id, exchange);
    void exchange.run(fetch);
  });
  return {
    get openRequests() {
      return exchanges.size;
    },
    close: () => port.close(),
  };
}

interface ServedOptions {
  readonly id: number;
  readonly meta: RequestMeta;
  readonly port: FramePort;
  readonly windowBytes: number;
  readonly onEnd: () => void;
}

class ServedExchange implements Exchange {
  readonly #abort = new AbortController();
  readonly #incoming: IncomingBody | null;
  #outgoing: OutgoingBody | null = null;
  #isOver = false;

  constructor(private readonly options: ServedOptions) {
    const { id, meta, port, windowBytes } = options;
    this.#incoming = meta.hasBody
      ? new IncomingBody({
          windowBytes,
          grant: (bytes) => port.send({ id, kind: 'credit', meta: bytes, bytes: null }),
          // The handler has read enough, for instance more than it allows; its answer ends the exchange.
          onCancel: () => {},
        })
      : null;
  }

  async run(fetch: FetchHandler): Promise<void> {
    const { id, port } = this.options;
    try {
      const response = await fetch(await this.#request());
      if (this.#isOver) return void response.body?.cancel(this.#abort.signal.reason).catch(() => {});
      await this.#answer(response);
    } catch (error) {
      if (!this.#isOver) port.send({ id, kind: 'error', meta: reasonText(error), bytes: null });
    }
    this.#finish(new TypeError('The answer is complete; nobody reads the rest of the request.'));
  }

  receive(frame: Frame): boolean {
    switch (frame.kind) {
      case 'data':
        return this.#incoming?.accept(frame.bytes) ?? false;
      case 'end':
        this.#incoming?.end();
        return true;
      case 'credit':
        this.#outgoing?.giveCredit(frame.meta);
        return true;
      case 'abort':
        this.fail(new DOMException(frame.meta, 'AbortError'));
        return true;
      default:
        return false;
    }
  }

  fail(reason: Error): void {
    if (this.#isOver) return;
    this.#finish(reason);
    this.#abort.abort(reason);
  }

  #request(): Promise<Request> {
    const { method, url, headers } = this.options.meta;
    return requestWithStream(url, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: this.#incoming?.stream ?? null,
      signal: this.#abort.signal,
    });
  }

  async #answer(response: Response): Promise<void> {
    const { id, port } = this.options;
    const { status, statusText, headers, body } = response;
    const meta = { status, statusText, headers: Array.from(headers), hasBody: body !== null };
    const atRest = port.carriesBlobs && isAtRest(response) ? await response.blob() : null;
    if (this.#isOver) return;
    if (body && !atRest) {
      this.#outgoing = new OutgoingBody(body, (bytes) =>
        port.send({ id, kind: 'data', meta: null, bytes }, [bytes.buffer]),
      );
    }
    port.send(checkedFrame({ id, kind: 'response', meta, bytes: atRest }));
    const isComplete = (await this.#outgoing?.run()) ?? true;
    if (isComplete) port.send({ id, kind: 'end', meta: null, bytes: null });
  }

  #finish(reason: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#incoming?.fail(reason);
    this.#outgoing?.stop(reason);
    this.options.onEnd();
  }
}

/** Who knows the length has the body already: a picture from the store. What is still being made is sent as it comes. */
function isAtRest({ headers, body }: Response): boolean {
  return body !== null && headers.has('content-length');
}

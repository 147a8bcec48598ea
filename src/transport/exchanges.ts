/** What both ends of a port do alike: check what arrives, hand it to its exchange, notice when the other side is gone. */
import { type Frame, type FramePort, readFrame } from './frames';
import { Heartbeat } from './heartbeat';

/** One request and its response, seen from one end. */
export interface Exchange {
  /** False when the frame breaks the protocol: the port is closed then. */
  receive(frame: Frame): boolean;
  /** The port is gone. */
  fail(reason: Error): void;
}

/** A peer that sends so much nonsense is no peer. */
const MAX_STRIKES = 100;

/** The answer to a port that ends in the middle; `fetch` promises a TypeError for a broken connection. */
export function connectionLost(what: string): TypeError {
  return new TypeError(`The connection to Tessera is gone: ${what}.`);
}

export class Exchanges<One extends Exchange> {
  readonly #open = new Map<number, One>();
  readonly #heartbeat: Heartbeat;
  #strikes = 0;
  #isClosed = false;

  constructor(
    private readonly port: FramePort,
    /** Gets the frames of exchanges that are not open: a new request, or something late, which is normal after an abort. */
    private readonly onOther: (frame: Frame) => void,
  ) {
    this.#heartbeat = new Heartbeat({
      ping: () => this.#sendSignal('ping'),
      onSilence: () => port.close(),
    });
    port.onClose = () => this.#failAll();
    port.onFrame = (received) => this.#receive(received);
  }

  get size(): number {
    return this.#open.size;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  add(id: number, exchange: One): void {
    this.#open.set(id, exchange);
    this.#heartbeat.start();
  }

  remove(id: number): void {
    this.#open.delete(id);
    if (this.#open.size === 0) this.#heartbeat.stop();
  }

  /** Counts a misdeed; too many close the port. */
  strike(): void {
    this.#strikes += 1;
    if (this.#strikes >= MAX_STRIKES) this.port.close();
  }

  #receive(received: unknown): void {
    if (this.#isClosed) return;
    const frame = readFrame(received);
    if (frame === null) this.strike();
    else this.#handle(frame);
  }

  #handle(frame: Frame): void {
    this.#heartbeat.heard();
    const exchange = this.#open.get(frame.id);
    if (frame.kind === 'ping') this.#sendSignal('pong');
    else if (frame.kind === 'bye') this.port.close();
    else if (!exchange) this.onOther(frame);
    else if (!exchange.receive(frame)) this.port.close();
  }

  #sendSignal(kind: 'ping' | 'pong'): void {
    this.port.send({ id: 0, kind, meta: null, bytes: null });
  }

  #failAll(): void {
    this.#isClosed = true;
    this.#heartbeat.stop();
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const exchange of open) exchange.fail(connectionLost('the other side closed it'));
  }
}

/** One HTTP request for a part of the model: sorts answers into good, worth another try, and hopeless. */
import { ApiError } from '../api/errors';
import { Interruption } from './retry';

const WAIT_AND_RETRY = new Set([408, 425, 429]);

export interface RequestOptions {
  /** For messages. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cache: RequestCache;
  /** Aborted by the caller. */
  readonly signal: AbortSignal;
  readonly stallMs: number;
}

/** A body read piece by piece; a silent connection ends as an `Interruption`, never as a hang. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** null at the end. */
  read(): Promise<Uint8Array | null>;
  /** Ends the transfer; harmless after the end. */
  close(): void;
}

/** Throws `Interruption`, `ApiError`, or the signal's reason. */
export async function request(url: string, options: RequestOptions): Promise<Answer> {
  const hangUp = new AbortController();
  const signal = AbortSignal.any([options.signal, hangUp.signal]);
  const patiently = <T>(work: Promise<T>) => guarded(work, options, hangUp);
  const { headers = {}, cache } = options;
  const response = await patiently(fetch(url, { headers, cache, signal }));
  const problem = problemOf(response, options.path);
  if (problem) {
    hangUp.abort();
    throw problem;
  }
  const reader = response.body?.getReader();
  return {
    status: response.status,
    headers: response.headers,
    read: async () => (reader ? ((await patiently(reader.read())).value ?? null) : null),
    close: () => hangUp.abort(),
  };
}

/** Whatever `fetch` throws is a broken line, unless the caller asked for the end. Browsers do not tell more. */
async function guarded<T>(work: Promise<T>, options: RequestOptions, hangUp: AbortController): Promise<T> {
  const timer = setTimeout(() => hangUp.abort(), options.stallMs);
  try {
    return await work;
  } catch {
    options.signal.throwIfAborted();
    throw new Interruption(hangUp.signal.aborted ? 'the server fell silent' : 'the connection failed');
  } finally {
    clearTimeout(timer);
  }
}

function problemOf(response: Response, path: string): Error | null {
  const { status, headers } = response;
  if (status >= 500 || WAIT_AND_RETRY.has(status)) {
    return new Interruption(`the server answered ${status}`, 'weights_unreachable', retryAfterMs(headers));
  }
  // A signed address that a host redirects to expires while a long download runs: its own address gives a new one.
  if (response.redirected && (status === 403 || status === 410)) {
    return new Interruption(`the address it redirected to answered ${status}`);
  }
  if (status === 416) {
    return new ApiError('weights_damaged', `The model file ${path} is shorter on the server than its manifest says.`);
  }
  if (status !== 200 && status !== 206) return unreachable(path, `answered ${status}`);
  // Hosts and captive portals answer 200 with a page for what they do not have.
  if (headers.get('content-type')?.includes('text/html')) return unreachable(path, 'answered with a web page');
  return null;
}

function unreachable(path: string, what: string): ApiError {
  const advice = 'Reload the page; if that does not help, the model is not where this page was told to look';
  return new ApiError(
    'weights_unreachable',
    `The model file ${path} could not be fetched: the server ${what}. ${advice}.`,
  );
}

/** Only the form in seconds: the date form depends on two clocks that agree. */
function retryAfterMs(headers: Headers): number | null {
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}

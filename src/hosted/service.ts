/** The hosted service, reached with the user's own key: for those who outgrow their machine. */
import { abortable, orCancelled } from '../api/abortable';
import type { HostedAnswer, HostedService } from '../api/deps';
import { ApiError } from '../api/errors';
import { passedOn, type Received, receive } from './answer';
import { type OpenReference, outgoingBody } from './body';
import { type AskConsent, Consent } from './consent';
import { DEFAULT_POLICY, pauseMs, type RetryPolicy } from './retry';

export const DEFAULT_ORIGIN = 'https://api.getimg.ai';

/** As the service's own client libraries: large pictures take most of a minute, busy hours longer. */
const DEFAULT_TIMEOUT_MS = 300_000;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Header values cannot hold more, and keys do not. */
const KEY = /^[\x21-\x7e]{1,512}$/;

export type HostedFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HostedServiceOptions {
  /** https; http only on this machine. Default: `DEFAULT_ORIGIN`. */
  readonly baseUrl?: string;
  /** The user's key, asked for each request since it may change; null when there is none. */
  readonly apiKey: () => Promise<string | null>;
  readonly askConsent: AskConsent;
  readonly openReference: OpenReference;
  /** Local id -> hosted id, such as `{ pocket: 'seedream-4-5' }`. Other ids go out as they are. */
  readonly models?: Readonly<Record<string, string>>;
  readonly fetch?: HostedFetch;
  /** From the first byte out to the last byte in, pauses included. */
  readonly timeoutMs?: number;
  readonly policy?: RetryPolicy;
}

export interface RevocableHostedService extends HostedService {
  /** The next request asks again. */
  forgetConsent(): void;
}

/**
 * One call makes one picture: `n` is for the caller to repeat. An answer of the service's API is passed on whatever its
 * status; what is none becomes `hosted_error`, and what never came `hosted_unreachable`.
 *
 * @throws ApiError `invalid_parameter` when the address is not secure
 */
export function createHostedService(options: HostedServiceOptions): RevocableHostedService {
  const base = baseOf(options.baseUrl ?? DEFAULT_ORIGIN);
  const consent = new Consent(options.askConsent);

  async function generate(body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<HostedAnswer> {
    const key = usableKey(await options.apiKey());
    const { models = {}, openReference } = options;
    const { json, model, references } = await outgoingBody(body, { models, openReference, signal });
    await consent.require({ origin: base.origin, model, references }, signal);
    signal.throwIfAborted();
    return exchange({ url: `${base.href}v2/images/generations`, key, json }, signal, options);
  }

  return {
    generate: (body, signal) => orCancelled(() => generate(body, signal), signal),
    forgetConsent: () => consent.forget(),
  };
}

interface Call {
  readonly url: string;
  readonly key: string;
  readonly json: string;
}

async function exchange(call: Call, signal: AbortSignal, options: HostedServiceOptions): Promise<HostedAnswer> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, policy = DEFAULT_POLICY } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const ended = AbortSignal.any([signal, deadline]);
  const attempt = () => sent(call, ended, options.fetch ?? fetch);
  try {
    return passedOn(await abortable(repeated(attempt, policy, ended), ended));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError) throw error;
    throw unreachable(new URL(call.url).host, deadline.aborted);
  }
}

async function repeated(attempt: () => Promise<Received>, policy: RetryPolicy, ended: AbortSignal): Promise<Received> {
  for (let tries = 1; ; tries++) {
    const received = await attempt();
    const waitMs = pauseMs(received, tries, policy);
    if (waitMs === null) return received;
    await pause(waitMs, ended);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await abortable(over, signal).finally(() => clearTimeout(timer));
}

async function sent({ url, key, json }: Call, signal: AbortSignal, fetch: HostedFetch): Promise<Received> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: json,
    signal,
    // A redirect would carry the prompt to somebody else.
    redirect: 'error',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    cache: 'no-store',
  });
  return receive(response, new URL(url).protocol);
}

function baseOf(text: string): URL {
  const base = URL.canParse(text) ? new URL(text.endsWith('/') ? text : `${text}/`) : null;
  if (base?.protocol === 'https:' || (base?.protocol === 'http:' && LOOPBACK.has(base.hostname))) return base;
  throw new ApiError('invalid_parameter', 'The address of the hosted service must begin with https.', 'baseUrl');
}

function usableKey(key: string | null): string {
  if (key !== null && KEY.test(key)) return key;
  const problem = key === null ? 'and none is set' : 'and the one that is set cannot be one';
  throw new ApiError('invalid_parameter', `The hosted service needs your own key for it, ${problem}.`, 'engine');
}

function unreachable(host: string, isLate: boolean): ApiError {
  const problem = isLate ? `${host} took too long` : `the line to ${host} could not be opened, or broke`;
  const message = `The hosted service gave no answer: ${problem}. A picture may have been made and charged.`;
  return new ApiError('hosted_unreachable', message);
}

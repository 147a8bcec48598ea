/** Where reference pictures come from: an https, data or blob URL, or an upload; all end as bytes, counted as they arrive. */
import { abortable } from '../api/abortable';
import { bytesUpTo } from '../api/boundedBody';
import { ApiError } from '../api/errors';
import { checkByteCount, MAX_REFERENCE_BYTES, refused } from './pictureRules';

export type ReferenceFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface SourceOptions {
  /** Fetches from other hosts instead of the page, which can only where the host allows it (CORS). */
  readonly fetch: ReferenceFetch | null;
  /** Opens URLs of our own, such as signed downloads, wherever they point; null for every other URL. */
  readonly openOwn: ((url: URL) => Promise<Blob | null>) | null;
  /** From the request to the last byte. */
  readonly timeoutMs: number;
}

export interface ReadOptions {
  /** Named by errors: `images.0.url`, `mask`. */
  readonly param: string;
  readonly signal: AbortSignal;
}

/** Percent-encoding makes three characters of a byte. A longer URL is not worth decoding. */
const MOST_DATA_URL_CHARACTERS = 3 * MAX_REFERENCE_BYTES + 1024;

const PRIVATELY: RequestInit = { credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'follow' };

const KINDS_OF_URL = 'an https URL, or a data URL such as data:image/png;base64,…';
const INSTEAD = 'Upload the file instead, or send it as a data URL.';

/** @throws ApiError `invalid_parameter` naming the param, or the reason of the signal */
export async function sourceBytes(
  source: string | Blob,
  read: ReadOptions,
  options: SourceOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof source !== 'string') return fileBytes(source, read.param);
  // Before it is parsed: a long one would be copied for nothing.
  if (/^data:/i.test(source)) return dataBytes(source, read);
  const url = parsed(source);
  if (url === null) throw refused(whyNoUrl(source), read.param);
  if (url.protocol === 'blob:') return blobBytes(source, read);
  const own = await options.openOwn?.(url);
  if (own) return fileBytes(own, read.param);
  if (url.protocol !== 'https:' && !isSameOrigin(url)) throw refused(whyNotThisProtocol(url), read.param);
  return hostBytes(url, read, options);
}

async function fileBytes(file: Blob, param: string): Promise<Uint8Array<ArrayBuffer>> {
  checkByteCount(file.size, param);
  return new Uint8Array(await file.arrayBuffer());
}

/** The platform's own decoder: base64 and percent-encoding, forgiving as the standard says. */
async function dataBytes(source: string, read: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
  if (source.length > MOST_DATA_URL_CHARACTERS) checkByteCount(source.length, read.param);
  const response = await fetch(source, { signal: read.signal }).catch(() => null);
  read.signal.throwIfAborted();
  if (!response) throw refused('This data URL cannot be decoded. Expected data:image/png;base64,…', read.param);
  return bodyBytes(response, read.param);
}

async function blobBytes(source: string, read: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(source, { signal: read.signal }).catch(() => null);
  read.signal.throwIfAborted();
  if (response) return bodyBytes(response, read.param);
  throw refused(`This blob URL is of another page, or was revoked. Expected ${KINDS_OF_URL}.`, read.param);
}

async function hostBytes(
  url: URL,
  { param, signal }: ReadOptions,
  options: SourceOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const hangUp = new AbortController();
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const ended = AbortSignal.any([signal, deadline]);
  const download = async () => {
    const init = { ...PRIVATELY, signal: AbortSignal.any([ended, hangUp.signal]) };
    const response = await (options.fetch ?? fetch)(url.href, init);
    checkAnswer(url, response, param);
    return bodyBytes(response, param);
  };
  try {
    return await abortable(download(), ended);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError) throw new ApiError(error.code, error.message, param, { cause: error });
    throw refused(whyUnreachable(url, { isLate: deadline.aborted, isOurPage: options.fetch === null }), param);
  } finally {
    hangUp.abort();
  }
}

function checkAnswer(url: URL, response: Response, param: string): void {
  const end = parsed(response.url) ?? url;
  if (end.protocol !== 'https:' && !isSameOrigin(end)) {
    throw refused(`The reference image on ${url.host} redirects to a host without https. ${INSTEAD}`, param);
  }
  if (response.ok) return;
  throw refused(`The reference image could not be fetched: ${end.host} answered ${response.status}.`, param);
}

/** A length that a host announces is only believed when it is too long. */
async function bodyBytes(response: Response, param: string): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(response.headers.get('content-length'));
  if (announced > MAX_REFERENCE_BYTES) checkByteCount(announced, param);
  const bytes = await bytesUpTo(response, MAX_REFERENCE_BYTES);
  checkByteCount(bytes?.length ?? MAX_REFERENCE_BYTES + 1, param);
  return bytes ?? new Uint8Array();
}

function whyNoUrl(source: string): string {
  const isBase64 = /^[A-Za-z0-9+/_-]{32,}/.test(source);
  const problem = isBase64 ? 'Bare base64 is not accepted' : 'This is not a URL';
  return `${problem}. Expected ${KINDS_OF_URL}.`;
}

function whyNotThisProtocol({ protocol, host }: URL): string {
  if (protocol === 'http:') return `Reference images come over https only, and ${host} was given with http.`;
  return `Reference images do not come from '${protocol}' URLs. Expected ${KINDS_OF_URL}.`;
}

/** Browsers do not tell a missing host from one that does not let other pages read. */
function whyUnreachable({ host }: URL, why: { readonly isLate: boolean; readonly isOurPage: boolean }): string {
  if (why.isLate) return `The reference image could not be fetched: ${host} took too long. ${INSTEAD}`;
  if (!why.isOurPage) return `The reference image could not be fetched: no connection to ${host}. ${INSTEAD}`;
  const cors = `${host} cannot be reached, or does not let pages of other sites read its files (CORS)`;
  return `The reference image could not be fetched: ${cors}. ${INSTEAD}`;
}

/** Null in Node, where there is no page. */
function isSameOrigin({ origin }: URL): boolean {
  return globalThis.location?.origin === origin;
}

/** `URL.parse`, which Node 20 does not have. */
function parsed(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

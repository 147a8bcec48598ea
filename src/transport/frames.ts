/**
 * The one wire format of all carriers. A request and its response are an exchange of small frames with the same `id`:
 *
 *   asking side     request, data* , end                      the request and its body
 *   answering side  response, data* , end   or   error        the response and its body; the exchange is over
 *   either side     credit                                    "send me so many bytes more": nobody sends data unasked
 *                   abort                                     the other side may stop
 *                   ping, pong, bye (id 0)                     still there? yes. No more from here
 *
 * MessagePorts carry frames as objects, the socket of `serve` packs them. A body that lies ready as a Blob rides along with
 * its `response` where the port can hand over Blobs: no byte of it is copied.
 */

export const FRAME_KINDS = [
  'request',
  'response',
  'data',
  'end',
  'credit',
  'abort',
  'error',
  'ping',
  'pong',
  'bye',
] as const;

export type FrameKind = (typeof FRAME_KINDS)[number];

/** Headers as they come out of `Headers`: pairs, so that no name can be a prototype's key. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

export interface RequestMeta {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: HeaderPairs;
  readonly hasBody: boolean;
}

export interface ResponseMeta {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderPairs;
  readonly hasBody: boolean;
}

interface Of<Kind extends FrameKind, Meta = null, Bytes = null> {
  readonly id: number;
  readonly kind: Kind;
  readonly meta: Meta;
  readonly bytes: Bytes;
}

/** `credit` tells bytes, `abort` and `error` say why. */
export type Frame =
  | Of<'request', RequestMeta>
  | Of<'response', ResponseMeta, Blob | null>
  | Of<'data', null, Uint8Array<ArrayBuffer>>
  | Of<'end'>
  | Of<'credit', number>
  | Of<'abort', string>
  | Of<'error', string>
  | Of<'ping'>
  | Of<'pong'>
  | Of<'bye'>;

/** Anything that carries frames in order and without loss, both ways. */
export interface FramePort {
  /** Whether a Blob can cross. */
  readonly carriesBlobs?: boolean;
  /** Never throws: on a closed port nothing happens. Bytes whose buffer is in `transfer` are given away. */
  send(frame: Frame, transfer?: readonly ArrayBuffer[]): void;
  /** Gets whatever arrives, unchecked. What comes before a handler is set waits for it. */
  onFrame: ((received: unknown) => void) | null;
  /** Called once, however the port ends: by `close()` here or there, or with the other side. */
  onClose: (() => void) | null;
  close(): void;
}

/** More than any honest request of ours has. */
const LIMITS = { headers: 256, headerCharacters: 65_536, urlCharacters: 65_536, textCharacters: 4_096 } as const;

/** Largest credit one frame can give; a sum of credits stays exact far beyond it. */
const MAX_CREDIT_BYTES = 1_073_741_824;

/** Statuses whose responses have no body: `new Response` throws when it is given one. */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/** Untrusted input -> a frame, or null for anything else. Total: never throws. */
export function readFrame(received: unknown): Frame | null {
  if (!isRecord(received)) return null;
  const { id, kind, meta, bytes } = received;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return null;
  const noBytes = bytes ?? null;
  switch (kind) {
    case 'request':
      return id > 0 && isRequestMeta(meta) ? { id, kind, meta, bytes: null } : null;
    case 'response':
      return id > 0 && isResponseMeta(meta) && isBodyAtRest(noBytes, meta) ? { id, kind, meta, bytes: noBytes } : null;
    case 'data':
      return id > 0 && isBytes(noBytes) ? { id, kind, meta: null, bytes: noBytes } : null;
    case 'credit':
      return id > 0 && isCount(meta, MAX_CREDIT_BYTES) ? { id, kind, meta, bytes: null } : null;
    case 'abort':
    case 'error':
      return id > 0 && isText(meta, LIMITS.textCharacters) ? { id, kind, meta, bytes: null } : null;
    case 'end':
      return id > 0 ? { id, kind, meta: null, bytes: null } : null;
    case 'ping':
    case 'pong':
    case 'bye':
      return id === 0 ? { id, kind, meta: null, bytes: null } : null;
    default:
      return null;
  }
}

/** A frame of ours, unless it is one that the other side would take for nonsense: then nobody would ever answer it. */
export function checkedFrame<Kind extends Frame>(frame: Kind): Kind {
  if (readFrame(frame)) return frame;
  throw new TypeError('The URL, the headers or the status are none that Tessera can carry.');
}

/** Text for `abort` and `error` from anything thrown. */
export function reasonText(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : String(reason);
  return text.slice(0, LIMITS.textCharacters);
}

export function hasNullBody(status: number): boolean {
  return NULL_BODY_STATUSES.has(status);
}

function isRequestMeta(meta: unknown): meta is RequestMeta {
  return (
    isRecord(meta) &&
    isText(meta.method, 32) &&
    isText(meta.url, LIMITS.urlCharacters) &&
    isHeaderPairs(meta.headers) &&
    typeof meta.hasBody === 'boolean'
  );
}

function isResponseMeta(meta: unknown): meta is ResponseMeta {
  return (
    isRecord(meta) &&
    isCount(meta.status, 599) &&
    meta.status >= 200 &&
    isText(meta.statusText, LIMITS.textCharacters) &&
    isHeaderPairs(meta.headers) &&
    typeof meta.hasBody === 'boolean' &&
    !(meta.hasBody && hasNullBody(meta.status))
  );
}

function isBodyAtRest(value: unknown, { hasBody }: ResponseMeta): value is Blob | null {
  return value === null || (hasBody && value instanceof Blob);
}

function isHeaderPairs(value: unknown): value is HeaderPairs {
  if (!Array.isArray(value) || value.length > LIMITS.headers) return false;
  let characters = 0;
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2) return false;
    const [name, content] = pair;
    if (typeof name !== 'string' || typeof content !== 'string') return false;
    characters += name.length + content.length;
  }
  return characters <= LIMITS.headerCharacters;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown, maxCharacters: number): value is string {
  return typeof value === 'string' && value.length <= maxCharacters;
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= max;
}

/** Shared memory could change after it was checked. */
function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
}

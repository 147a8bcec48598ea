/**
 * The one error type of Tessera and the one table of its codes.
 * The hosted API's codes come first (its envelope and statuses); ours follow and use the nearest status.
 */

const STATUS_BY_CODE = {
  parameter_missing: 400,
  invalid_parameter: 400,
  invalid_api_key: 401,
  quota_exceeded: 402,
  /** A host name, or a page of another origin, that `npm run serve` was not told to serve. */
  forbidden: 403,
  not_found: 404,
  /** Only by the page owner's own rule: Tessera judges nothing by itself. */
  content_policy_violation: 422,
  /** Too many requests, or no place in the queue; `retryAfterS` says when to come back. */
  rate_limit: 429,
  server_error: 500,
  method_not_allowed: 405,
  payload_too_large: 413,
  unsupported_media_type: 415,
  /** The caller aborted; no work was charged. 499 is the usual status for a request its client closed. */
  cancelled: 499,
  /** No page that has the engine could be reached, or it does not talk to this caller. */
  engine_unavailable: 503,
  /** The device choice was forced to WebGPU and this browser has no adapter. */
  webgpu_unavailable: 503,
  /** The GPU was lost and did not come back after a restart of the worker. */
  gpu_unavailable: 503,
  /** The GPU or the tab had no room for a tile, and smaller tiles did not help. */
  out_of_memory: 503,
  /** A weight file could not be fetched. */
  weights_unreachable: 502,
  /** A weight file arrived, or was stored, with bytes that do not match its published hash. */
  weights_damaged: 502,
  /** A model was asked for that is not, or not wholly, on this machine: get it first. */
  weights_missing: 503,
  /** The worker ended without an answer. The next job gets a fresh one. */
  worker_crashed: 500,
  /** The worker gave no sign of life for the watchdog's time. */
  worker_timeout: 504,
  /** The model produced NaN or a constant picture. */
  bad_output: 500,
  /** The user did not allow a prompt to leave the machine. */
  consent_required: 403,
  /** The hosted service gave no answer, or lost it on the way. */
  hosted_unreachable: 502,
  /** The hosted service answered with something that is no answer of its contract. */
  hosted_error: 502,
} as const;

export type ErrorCode = keyof typeof STATUS_BY_CODE;

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(STATUS_BY_CODE, code);
}

/** An error as it crosses the worker boundary: plain data, nothing lost. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly param: string | null;
}

/**
 * The only error thrown on purpose anywhere in Tessera.
 *
 * @example throw new ApiError('invalid_parameter', "Unsupported resolution '8K'.", 'resolution');
 */
export class ApiError extends Error {
  override readonly name = 'ApiError' as const;
  readonly status: number;
  /** Seconds to wait before another try; null where waiting is not the cure. */
  readonly retryAfterS: number | null;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly param: string | null = null,
    options?: ErrorOptions & { readonly retryAfterS?: number },
  ) {
    super(message, options);
    this.retryAfterS = options?.retryAfterS ?? null;
    this.status = STATUS_BY_CODE[code];
  }
}

/** Every code and its HTTP status, for the reference page. */
export function errorTable(): readonly (readonly [ErrorCode, number])[] {
  return Object.entries(STATUS_BY_CODE) as [ErrorCode, number][];
}

/** Turns anything thrown into plain data; an unknown error becomes `server_error` with its own message. */
export function toPlainError(thrown: unknown): PlainError {
  if (thrown instanceof ApiError) {
    return { code: thrown.code, message: thrown.message, param: thrown.param };
  }
  if (thrown instanceof DOMException && thrown.name === 'AbortError') {
    return { code: 'cancelled', message: 'The request was cancelled.', param: null };
  }
  return { code: 'server_error', message: thrown instanceof Error ? thrown.message : String(thrown), param: null };
}

/** Rebuilds the error on the near side of the worker boundary. */
export function fromPlainError(error: PlainError): ApiError {
  return new ApiError(error.code, error.message, error.param);
}

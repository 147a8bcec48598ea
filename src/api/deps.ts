/**
 * What the routes need from the rest of Tessera. Each interface is fulfilled by one folder: `ledger/`, `results/`,
 * `images/`, `hosted/`, and the engine by `jobs/queue.ts`. Routes know nothing else, so they run in a page, a test, or Node.
 */
import type { ApiError } from './errors';
import type { AspectRatio, Resolution } from './sizes';
import type { Extension, ModelSupport } from './support';

export type OutputFormatName = 'png' | 'jpeg' | 'webp';

/** A model as the routes see it: what it supports, plus what `/v2/models` tells. */
export interface ModelCard extends ModelSupport {
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Ordered by price, as the hosted API lists them; `null` stands for every resolution. Prices are decimal strings in USD. */
  readonly rates: readonly { readonly resolution: Resolution | null; readonly unitPrice: string }[];
  /** Of models that run on the user's machine; left out for ids that others draw for. */
  readonly local?: LocalFacts;
}

export interface LocalFacts {
  readonly isInstalled: boolean;
  /** Of the download; null for what comes with the app, or where it is not known. */
  readonly sizeBytes: number | null;
  readonly licence: string;
}

/** What a request asks of a model, for choosing who serves an alias. */
export interface Needs {
  readonly references: number;
  /** Those that the request uses: a model that does not honour one would ignore it. */
  readonly extensions: readonly Extension[];
  /** Undefined: the model's own. */
  readonly steps: number | undefined;
  readonly aspectRatio: AspectRatio | undefined;
  readonly resolution: Resolution | undefined;
}

export interface ModelDirectory {
  list(): readonly ModelCard[];
  find(id: string): ModelCard | null;
  /** The model that draws for this id: itself, or for an alias the best installed one able to do the request; null for none. */
  serverOf(id: string, needs: Needs): ModelCard | null;
}

/** A picture given by the caller: upright, bounded, straight alpha, sRGB. */
export interface ReferencePicture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Length 4 * widthPx * heightPx. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface ReferenceReader {
  /**
   * https, data or blob URL (or the bytes of a multipart upload) -> pixels. At most 10 MiB; PNG, JPEG, WebP.
   *
   * @throws ApiError `invalid_parameter` naming `param` (`images.0.url`, `mask`)
   */
  read(
    source: string | Blob,
    options: { readonly param: string; readonly signal: AbortSignal },
  ): Promise<ReferencePicture>;
}

/** One picture to draw; everything is checked and filled in. */
export interface DrawRequest {
  readonly model: ModelCard;
  readonly prompt: string;
  readonly negativePrompt: string | null;
  readonly images: readonly ReferencePicture[];
  readonly mask: ReferencePicture | null;
  readonly seed: number;
  readonly steps: number;
  readonly guidance: number | null;
  readonly strength: number | null;
  readonly aspectRatio: AspectRatio;
  readonly resolution: Resolution;
  readonly outputFormat: OutputFormatName;
  readonly quality: number;
  readonly metadata: boolean;
  readonly previews: boolean;
}

export type DrawEvent =
  /** 0 is running. */
  | { readonly type: 'queued'; readonly position: number }
  | { readonly type: 'preview'; readonly step: number; readonly steps: number; readonly blob: () => Promise<Blob> }
  /** Whatever else the pipeline tells (`src/pipeline/progress.ts`), for the page's own progress display. */
  | { readonly type: 'progress'; readonly event: unknown };

export interface DrawnPicture {
  readonly blob: Blob;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Extra fields of the answer: plan, device, timings_ms, session_runs_ms. Plain JSON. */
  readonly report: Readonly<Record<string, unknown>>;
}

/** The engine with its FIFO queue of 128: one job runs at a time. */
export interface DrawingEngine {
  /**
   * @throws ApiError `rate_limit` when the queue is full (with `retryAfterS`), `cancelled` when the signal fires, and
   * whatever a job can fail with
   */
  draw(
    request: DrawRequest,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: DrawEvent) => void },
  ): Promise<DrawnPicture>;
  /** Jobs waiting or running. */
  readonly pending: number;
}

/** A finished picture and where it can be fetched. */
export interface StoredResult {
  /** Path and query, `/v2/downloads/{id}/{index}?exp=…&sig=…`; the route makes it absolute for the asking client. */
  readonly path: string;
  readonly deletesAt: Date;
}

export interface ResultStore {
  save(result: { readonly id: string; readonly index: number; readonly blob: Blob }): Promise<StoredResult>;
  /**
   * @throws ApiError `not_found` for a wrong signature, an expired or an unknown picture
   */
  open(link: {
    readonly id: string;
    readonly index: string;
    readonly exp: string;
    readonly sig: string;
  }): Promise<Blob>;
}

/** Money is decimal text in USD everywhere; only the answer's `usage` shows numbers. */
export interface Charge {
  readonly requestId: string;
  readonly model: string;
  readonly servedBy: string;
  readonly quantity: number;
  readonly unitPrice: string;
  /** `hosted`: paid to the hosted service with the user's own key, reported but not taken from the balance. */
  readonly paidTo: 'local' | 'hosted';
}

/** Money set aside for running work, so that two tabs cannot spend it twice. Exactly one of the two must be called. */
export interface Reservation {
  settle(charge: Charge): Promise<void>;
  release(): Promise<void>;
}

export interface CostDay {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  readonly cost: string;
}

export interface Ledger {
  /** @throws ApiError `quota_exceeded` when balance or budget does not cover it */
  reserve(amount: { readonly unitPrice: string; readonly quantity: number }): Promise<Reservation>;
  balance(): Promise<string>;
  costs(span: {
    readonly start: Date;
    readonly end: Date;
  }): Promise<{ readonly total: string; readonly days: readonly CostDay[] }>;
}

export interface KeyRing {
  /** The key's id, for limits and joining; null when it may not enter. `bearer` is null when the header is missing. */
  check(bearer: string | null): Promise<string | null>;
}

/** What the user is asked about before a prompt first leaves the machine. */
export interface ConsentQuestion {
  /** Where it would go. */
  readonly origin: string;
  readonly model: string;
  /** Pictures that would go with it. */
  readonly references: number;
}

/** The hosted service, reached with the user's own key. */
export interface HostedService {
  /** Asks for consent before a prompt first leaves the machine. @throws ApiError `consent_required` when refused */
  generate(body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<HostedAnswer>;
}

export interface HostedAnswer {
  readonly status: number;
  readonly body: unknown;
  /** The headers worth passing on: `X-RateLimit-*`, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The owner's say over what may be drawn; the only source of 422 `content_policy_violation`. */
export type PolicyHook = (request: {
  readonly prompt: string;
  readonly negativePrompt: string | null;
  readonly images: readonly ReferencePicture[];
}) => Promise<ApiError | null> | ApiError | null;

export interface ApiDeps {
  readonly models: ModelDirectory;
  readonly engine: DrawingEngine;
  readonly references: ReferenceReader;
  readonly results: ResultStore;
  readonly ledger: Ledger;
  readonly keys: KeyRing;
  /** Null where the host does not allow the hosted service. */
  readonly hosted: HostedService | null;
  readonly policy: PolicyHook | null;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/**
 * What a caller in the engine's own page can hand over beside its request, as the second argument of the API's `fetch`:
 * functions cross no other carrier, and the page should not pay for encoding what it shows.
 */
export interface CallHooks {
  /** Everything that the job tells, as it comes. */
  readonly onEvent?: (event: DrawEvent) => void;
  /** Asks for previews without `stream`. */
  readonly previews?: boolean;
  /** The URL to answer with for a picture; without it, `path` below the request's origin. */
  readonly linkTo?: (picture: { readonly path: string; readonly blob: Blob }) => string;
}

/** The whole API as one function; carriers bring requests to it and answers back. */
export interface Api {
  /** Never rejects: whatever goes wrong is an answer. */
  fetch(request: Request, hooks?: CallHooks): Promise<Response>;
}

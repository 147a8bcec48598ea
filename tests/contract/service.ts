/**
 * The API over real parts in Node, where storage is missing: ledger, results and keys in memory. Only the engine is a stand-in
 * for a GPU: it has the real queue, takes its time, can be cancelled, and draws a picture of one pixel.
 */
import { createApi } from '../../src/api/app';
import type { ApiOptions } from '../../src/api/context';
import type { Api, ApiDeps, DrawEvent, DrawnPicture, DrawRequest, ModelCard } from '../../src/api/deps';
import { ApiError } from '../../src/api/errors';
import { ASPECT_RATIOS, outputSize } from '../../src/api/sizes';
import { DrawingQueue } from '../../src/jobs/queue';
import { openKeys } from '../../src/keys/keys';
import { openLedger, type PageLedger } from '../../src/ledger/ledger';
import { models } from '../../src/models/catalog';
import { createDirectory } from '../../src/models/directory';
import { pocket } from '../../src/models/pocket';
import { seedream45 } from '../../src/models/seedream45';
import { openResults } from '../../src/results/results';

const PIXEL = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  (letter) => letter.charCodeAt(0),
);

export interface Stage {
  readonly api: Api;
  readonly ledger: PageLedger;
  /** What reached the engine, in order. */
  readonly drawn: DrawRequest[];
  /** Jobs that were cancelled inside the engine. */
  readonly cancelled: () => number;
  /** Jobs waiting or running. */
  readonly pending: () => number;
}

export interface StageOptions {
  readonly api?: ApiOptions;
  readonly deps?: Partial<ApiDeps>;
  readonly drawMs?: number;
  readonly budgetUsd?: string;
  /** What the engine fails with. */
  readonly failure?: ApiError;
}

export function openStage({ api, deps, drawMs = 0, budgetUsd, failure }: StageOptions = {}): Stage {
  const drawn: DrawRequest[] = [];
  let cancelled = 0;
  const ledger = openLedger(budgetUsd === undefined ? {} : { budget: { limitUsd: budgetUsd } });
  const draw = async (request: DrawRequest, signal: AbortSignal, onEvent: (event: DrawEvent) => void) => {
    drawn.push(request);
    if (failure) throw failure;
    for (let step = 1; step <= request.steps; step++) {
      await pause(drawMs / request.steps);
      if (signal.aborted) {
        cancelled++;
        throw new ApiError('cancelled', 'The request was cancelled.');
      }
      if (request.previews)
        onEvent({ type: 'preview', step, steps: request.steps, blob: async () => pixel('image/png') });
    }
    return pictureFor(request);
  };
  const all: ApiDeps = {
    models,
    engine: new DrawingQueue((request, { signal, onEvent }) => draw(request, signal, onEvent)),
    references: { read: async () => ({ widthPx: 1, heightPx: 1, rgba: new Uint8ClampedArray([0, 0, 0, 0]) }) },
    results: openResults(),
    ledger,
    keys: openKeys({ mode: 'any' }),
    hosted: null,
    policy: null,
    nowMs: Date.now,
    ...deps,
  };
  return { api: createApi(all, api), ledger, drawn, cancelled: () => cancelled, pending: () => all.engine.pending };
}

function pictureFor({ aspectRatio, resolution, outputFormat }: DrawRequest): DrawnPicture {
  const { widthPx, heightPx } = outputSize(aspectRatio, resolution);
  return { blob: pixel(`image/${outputFormat}`), widthPx, heightPx, report: { device: 'wasm' } };
}

function pixel(type: string): Blob {
  return new Blob([PIXEL], { type });
}

/** A directory whose model can do everything, for what Pocket cannot. */
export const able: ModelCard = {
  ...pocket,
  id: 'able',
  maxReferences: 10,
  aspectRatios: ASPECT_RATIOS,
  extensions: ['negative_prompt', 'guidance', 'strength', 'mask'],
};
export const ableDirectory = createDirectory(
  () => [{ ...pocket, ...able }].map((entry) => ({ entry, isInstalled: true })),
  [seedream45],
);

/** A directory whose one model looks at no pictures. */
export const blindDirectory = createDirectory(
  () => [{ entry: { ...pocket, maxReferences: 0 }, isInstalled: true }],
  [seedream45],
);

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const ORIGIN = 'https://tessera.example';

export function post(path: string, body: unknown, init: RequestInit = {}): Request {
  return new Request(ORIGIN + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { authorization: 'Bearer sk_test', 'content-type': 'application/json', ...init.headers },
  });
}

export function get(path: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(path.startsWith('/') ? ORIGIN + path : path, {
    headers: { authorization: 'Bearer sk_test', ...headers },
  });
}

export const REQUEST = { model: 'pocket', prompt: 'a red apple' };

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
}

export async function refusalOf(response: Response): Promise<Refusal> {
  const { error } = (await response.json()) as { error: { code: string; param: string | null } };
  return { status: response.status, code: error.code, param: error.param };
}

export function references(count: number): { readonly url: string }[] {
  return Array.from({ length: count }, (_, i) => ({ url: `https://x.test/${i + 1}.png` }));
}

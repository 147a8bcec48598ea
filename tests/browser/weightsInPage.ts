/** `openWeights` in a real page, on its real IndexedDB. Functions marked so are sent to the page whole. */
import type { Page } from '@playwright/test';
import type { WeightsProgress } from '../../src/weights/meter';
import type { NoiseModel } from '../faults/model';

export const BLANK = '/tests/browser/blank.html';

export interface OpenCall {
  readonly manifestUrl: string;
  /** Aborts when so many bytes are loaded. */
  readonly abortAtBytes?: number;
}

export interface OpenResult {
  /** `null`: it worked. */
  readonly code: string | null;
  readonly message: string;
  readonly inMemory: boolean;
  readonly revision: string;
  /** sha256 of each file as it was handed out. */
  readonly files: Readonly<Record<string, string>>;
  readonly progress: readonly WeightsProgress[];
  readonly notices: readonly string[];
}

/** Runs in the page. */
export async function openInPage({ manifestUrl, abortAtBytes }: OpenCall): Promise<OpenResult> {
  const { openWeights } = await import('/src/weights/store.ts');
  const { sha256Hex } = await import('/src/weights/verify.ts');
  const controller = new AbortController();
  const progress: WeightsProgress[] = [];
  const notices: string[] = [];
  const files: Record<string, string> = {};
  const result = { code: null as string | null, message: '', inMemory: false, revision: '' };
  const onProgress = (event: WeightsProgress) => {
    progress.push(event);
    // A sign for tests that pull the plug at some point.
    console.log(`loaded ${event.loadedBytes}`);
    if (abortAtBytes === undefined || event.loadedBytes < abortAtBytes || controller.signal.aborted) return;
    controller.abort();
  };
  try {
    const policy = { tries: 3, firstPauseMs: 20, longestPauseMs: 100, stallMs: 4000 };
    const onNotice = ({ message }: { message: string }) => notices.push(message);
    const options = { onProgress, onNotice, signal: controller.signal, policy };
    const weights = await openWeights(manifestUrl, options);
    for (const { path } of weights.manifest.files) {
      files[path] = await sha256Hex(await (await weights.file(path)).arrayBuffer());
    }
    result.inMemory = weights.inMemory;
    result.revision = weights.manifest.revision;
  } catch (error) {
    result.code = (error as { code?: string }).code ?? 'untyped';
    result.message = String(error);
  }
  return { ...result, files, progress, notices };
}

/** Runs in the page. What is stored, straight from the databases. */
export async function inventory() {
  const { openChunkStore } = await import('/src/weights/chunkStore.ts');
  const { openRecordStore } = await import('/src/weights/recordStore.ts');
  return { chunks: (await openChunkStore().keys()).sort(), records: await openRecordStore().keys() };
}

/** Runs in the page. Flips the lowest bit of one byte of a stored chunk. */
export async function flipBit({ key, atByte }: { key: string; atByte: number }): Promise<number> {
  const { openChunkStore } = await import('/src/weights/chunkStore.ts');
  const store = openChunkStore();
  const bytes = new Uint8Array(await ((await store.get(key)) as Blob).arrayBuffer());
  const index = atByte % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  await store.set(key, new Blob([bytes]));
  return bytes.length;
}

/** The body of one answer as the page saw it, by byte of the file. */
export interface Arrival {
  readonly path: string;
  /** First byte asked for. */
  readonly askedFrom: number;
  /** The byte after the last one that arrived. */
  arrivedTo: number;
  /** The line ended the body, and not the client by hanging up. */
  wasCut: boolean;
}

/** Runs in the page. From now on each weight request adds an `Arrival` to the list it returns a handle of. */
export function watchArrivals(): Arrival[] {
  const { fetch } = globalThis;
  const arrivals: Arrival[] = [];
  const watched = (arrival: Arrival, reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>) => ({
    pull: async (body: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      const { value } = await reader.read().catch((error) => {
        arrival.wasCut = true;
        throw error;
      });
      arrival.wasCut = value === undefined;
      arrival.arrivedTo += value?.length ?? 0;
      if (value) body.enqueue(value);
      else body.close();
    },
  });
  globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    const path = new URL(String(input)).pathname.slice(1);
    if (!response.body || path === 'manifest.json') return response;
    const [, first = '0'] = /bytes=(\d+)-/.exec(new Headers(init?.headers).get('range') ?? '') ?? [];
    const arrivedTo = response.status === 206 ? Number(first) : 0;
    const arrival = { path, askedFrom: Number(first), arrivedTo, wasCut: false };
    arrivals.push(arrival);
    return new Response(
      new ReadableStream(watched(arrival, response.body.getReader()), { highWaterMark: 0 }),
      response,
    );
  };
  return arrivals;
}

/** Resolves when the page has loaded so many bytes. */
export function loadedInPage(page: Page, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    page.on('console', (message) => {
      const [, loaded] = /^loaded (\d+)$/.exec(message.text()) ?? [];
      if (Number(loaded ?? -1) >= bytes) resolve();
    });
  });
}

export function hashesOf({ manifest }: Pick<NoiseModel, 'manifest'>): Record<string, string> {
  return Object.fromEntries(manifest.files.map(({ path, sha256 }) => [path, sha256]));
}

export function chunkKeysOf({ manifest }: NoiseModel): string[] {
  return manifest.files.flatMap(({ chunkSha256 }) => chunkSha256).sort();
}

export function totalBytesOf({ files }: NoiseModel): number {
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
}

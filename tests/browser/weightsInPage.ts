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
  /** From the abort, or the start, to the end. */
  readonly settledAfterMs: number;
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
  let startMs = performance.now();
  const onProgress = (event: WeightsProgress) => {
    progress.push(event);
    // A sign for tests that pull the plug at some point.
    console.log(`loaded ${event.loadedBytes}`);
    if (abortAtBytes === undefined || event.loadedBytes < abortAtBytes || controller.signal.aborted) return;
    startMs = performance.now();
    controller.abort();
  };
  try {
    const policy = { tries: 3, firstPauseMs: 20, longestPauseMs: 100, stallMs: 5000 };
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
  return { ...result, files, progress, notices, settledAfterMs: performance.now() - startMs };
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

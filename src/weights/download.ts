/**
 * Fetches chunks and proves each by its hash.
 *
 * Neighbouring chunks come in one request that is cut as it streams, since a round trip per chunk would cost more than
 * the bytes on a distant server; what a broken line leaves missing is asked for by `Range`. `If-Range` is not needed:
 * bytes of another revision cannot pass for ours, whichever way they came.
 */
import { ApiError } from '../api/errors';
import { ByteReader } from './byteReader';
import type { Chunk, Manifest } from './manifest';
import { request } from './request';
import { type RetryPolicy, retrying } from './retry';
import { sha256Hex } from './verify';

export interface DownloadOptions {
  readonly manifest: Manifest;
  readonly manifestUrl: string;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
  /** Bytes of a chunk on their way, before it is verified. */
  readonly onBytes: (chunk: Chunk, haveBytes: number) => void;
  /** A verified chunk; the next one waits until it is kept. */
  readonly onChunk: (chunk: Chunk, blob: Blob) => Promise<void>;
}

/** Throws `weights_unreachable`, `weights_damaged`, or the signal's reason. */
export async function downloadChunks(chunks: readonly Chunk[], options: DownloadOptions): Promise<void> {
  for (const run of runsOf(chunks)) await downloadRun(run, options);
}

/** Chunks that follow each other in one file. `chunks` is in file order. */
export function runsOf(chunks: readonly Chunk[]): Chunk[][] {
  const runs: Chunk[][] = [];
  let last: Chunk | undefined;
  for (const chunk of chunks) {
    if (last?.path === chunk.path && endOf(last) === chunk.offsetBytes) runs.at(-1)?.push(chunk);
    else runs.push([chunk]);
    last = chunk;
  }
  return runs;
}

async function downloadRun(run: readonly Chunk[], options: DownloadOptions): Promise<void> {
  const left = [...run];
  const suspects = new Set<Chunk>();
  const path = run[0]?.path ?? '';
  await retrying(
    async (progressed) => {
      for (let next = left[0]; next; next = left[0]) {
        const wanted = suspects.has(next) ? [next] : left;
        for await (const { chunk, bytes } of transfer([...wanted], options)) {
          if ((await sha256Hex(bytes)) !== chunk.sha256) {
            // A wrong chunk is asked for once more, alone: a proxy may have mangled it.
            if (suspects.has(chunk)) throw damaged(path);
            suspects.add(chunk);
            break;
          }
          await options.onChunk(chunk, new Blob([bytes]));
          left.shift();
          progressed();
        }
      }
    },
    { ...options, path },
  );
}

/** One request. Leaving the loop over it early ends the transfer. */
async function* transfer(
  chunks: readonly Chunk[],
  { manifest, manifestUrl, policy, signal, onBytes }: DownloadOptions,
): AsyncGenerator<{ chunk: Chunk; bytes: Uint8Array<ArrayBuffer> }> {
  const [first] = chunks;
  const last = chunks.at(-1);
  if (!first || !last) return;
  const wholeBytes = manifest.files.find(({ path }) => path === first.path)?.sizeBytes;
  const isWhole = first.offsetBytes === 0 && endOf(last) === wholeBytes;
  const answer = await request(new URL(first.path, manifestUrl).href, {
    path: first.path,
    headers: isWhole ? {} : { range: `bytes=${first.offsetBytes}-${endOf(last) - 1}` },
    // The HTTP cache would keep a second copy, and hand a damaged one out again.
    cache: 'no-store',
    signal,
    stallMs: policy.stallMs,
  });
  try {
    const reader = new ByteReader(answer.read);
    // A server without Range answers 200 with the file from its start. `content-length` is not looked at: it can lie.
    if (answer.status === 200) await reader.skip(first.offsetBytes);
    for (const chunk of chunks) {
      yield { chunk, bytes: await reader.take(chunk.sizeBytes, (haveBytes) => onBytes(chunk, haveBytes)) };
    }
  } finally {
    answer.close();
  }
}

function endOf(chunk: Chunk): number {
  return chunk.offsetBytes + chunk.sizeBytes;
}

function damaged(path: string): ApiError {
  return new ApiError(
    'weights_damaged',
    `The model file ${path} came with wrong bytes, twice. Try again later, or tell whoever hosts this page.`,
  );
}

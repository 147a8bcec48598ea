/**
 * Which revision to run.
 *
 * The manifest is asked for at every start, revalidated (`no-cache`: a 304 when nothing changed), and wins when it can
 * be had: that is how a new revision is noticed. When it cannot (no network, a server in trouble, a captive portal),
 * the recorded one is used, after a short wait at most. Weight files are requested only for chunks that are missing.
 */
import { ApiError } from '../api/errors';
import { type Manifest, parseManifest } from './manifest';
import { request } from './request';
import { type RetryPolicy, retrying } from './retry';

interface ManifestOptions {
  readonly recorded: Manifest | null;
  readonly policy: RetryPolicy;
  readonly signal: AbortSignal;
}

/** With a working copy at hand nobody should wait long for news of a better one. */
const NEWS_PATIENCE_MS = 3000;

/** Throws `weights_unreachable` or `weights_damaged` only where nothing is recorded. */
export async function latestManifest(url: string, { recorded, policy, signal }: ManifestOptions): Promise<Manifest> {
  const impatient = { ...policy, tries: 1, stallMs: Math.min(policy.stallMs, NEWS_PATIENCE_MS) };
  try {
    return await fetchManifest(url, recorded ? impatient : policy, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (recorded && error instanceof ApiError) return recorded;
    throw error;
  }
}

function fetchManifest(url: string, policy: RetryPolicy, signal: AbortSignal): Promise<Manifest> {
  const path = new URL(url).pathname.split('/').at(-1) ?? url;
  return retrying(
    async () => {
      const answer = await request(url, { path, cache: 'no-cache', signal, stallMs: policy.stallMs });
      const decoder = new TextDecoder();
      let text = '';
      for (let piece = await answer.read(); piece; piece = await answer.read()) {
        text += decoder.decode(piece, { stream: true });
      }
      return parseManifest(parseJson(text));
    },
    { path, policy, signal },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('weights_damaged', "The model's manifest is not valid: it is not JSON.", null, { cause });
  }
}

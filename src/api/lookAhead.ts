/**
 * A first look at a picture, for the page that draws it. It is checked as any other and the owner's policy holds, but
 * nothing is billed and nothing is kept.
 */
import type { ApiDeps, DrawRequest } from './deps';
import { drawRequest, obeyPolicy, readImages } from './generation';
import { type Ask, planLocal } from './preparation';
import { parseGenerateRequest } from './schema';

export interface LookAheadDeps extends Pick<ApiDeps, 'models' | 'references' | 'policy'> {
  readonly draw: (request: DrawRequest, signal: AbortSignal) => Promise<Blob>;
}

/** @throws ApiError as a request for the picture itself, and what `draw` throws */
export async function lookAhead(input: unknown, deps: LookAheadDeps, signal: AbortSignal): Promise<Blob> {
  const request = parseGenerateRequest(input);
  const sources = (request.images ?? []).map(({ url }) => url);
  const ask: Ask = { request, sources, mask: null, previews: false };
  const local = planLocal(ask, deps);
  const images = await readImages(ask, deps, signal);
  await obeyPolicy(ask, images, deps);
  return deps.draw(drawRequest({ ask, local, images, mask: null }, request.seed ?? 0), signal);
}

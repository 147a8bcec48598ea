/** Who will draw a request: decided before any work, from what models can do. */
import type { ApiDeps, ModelCard, Needs } from './deps';
import { ApiError } from './errors';
import type { ParsedRequest } from './schema';
import { outputSize } from './sizes';
import { checkSupport, extensionsOf, type SupportedRequest } from './support';

/** What was asked, by whichever of the two APIs. */
export interface Ask {
  readonly request: ParsedRequest;
  /** The references, in order: URLs, or files that came with a form. */
  readonly sources: readonly (string | Blob)[];
  readonly mask: string | Blob | null;
  readonly previews: boolean;
}

export interface LocalPlan {
  readonly asked: ModelCard;
  /** The model that draws for it. */
  readonly server: ModelCard;
  readonly supported: SupportedRequest;
}

export interface Prepared {
  /** Null where this machine cannot, or may not. */
  readonly local: LocalPlan | null;
  /** Whether the hosted service is asked, first or in the end. */
  readonly mayGoOut: boolean;
}

export interface PreparedAsk {
  readonly ask: Ask;
  readonly prepared: Prepared;
}

/** @throws ApiError what is wrong with the request, one parameter at a time */
export function prepare(ask: Ask, deps: ApiDeps): Prepared {
  const engine = ask.request.engine ?? 'local';
  if (engine === 'local') return { local: planLocal(ask, deps), mayGoOut: false };
  if (engine === 'hosted') {
    if (deps.hosted) return { local: null, mayGoOut: true };
    throw new ApiError('invalid_parameter', 'The hosted service is not available here.', 'engine');
  }
  try {
    return { local: planLocal(ask, deps), mayGoOut: deps.hosted !== null };
  } catch (error) {
    if (!deps.hosted || !(error instanceof ApiError) || error.code !== 'invalid_parameter') throw error;
    return { local: null, mayGoOut: true };
  }
}

/** `2048x2048`; null where the hosted service decides. */
export function sizeOf({ local }: Prepared): string | null {
  if (!local) return null;
  const { widthPx, heightPx } = outputSize(local.supported.aspectRatio, local.supported.resolution);
  return `${widthPx}x${heightPx}`;
}

/** @throws ApiError as `prepare` does */
export function planLocal({ request, sources, mask }: Ask, { models }: Pick<ApiDeps, 'models'>): LocalPlan {
  const asked = models.find(request.model);
  if (!asked) throw new ApiError('invalid_parameter', `Unknown model '${request.model}'.`, 'model');
  if (asked.local?.isInstalled === false) throw notInstalled(asked);
  const supported = checkSupport(request, asked);
  const { aspectRatio, resolution } = supported;
  // The mask of a form is not among the fields.
  const extensions = [...new Set([...extensionsOf(request), ...(mask === null ? [] : (['mask'] as const))])];
  const needs = { references: sources.length, extensions, steps: request.steps, aspectRatio, resolution };
  const server = models.serverOf(asked.id, needs);
  // Where nobody says how many, the steps are those of who draws.
  if (server) return { asked, server, supported: { ...supported, steps: request.steps ?? server.steps.default } };
  throw unable(asked.id, needs);
}

function notInstalled({ id, local }: ModelCard): ApiError {
  const size = local?.sizeBytes ? ` (${(local.sizeBytes / 1e9).toFixed(1)} GB)` : '';
  return new ApiError(
    'invalid_parameter',
    `Model '${id}'${size} is not on this machine: get it in the studio first.`,
    'model',
  );
}

function unable(id: string, { references, extensions }: Pick<Needs, 'references' | 'extensions'>): ApiError {
  const [extension] = extensions;
  const images = references > 0 ? `take ${references} reference images` : 'draw that';
  const what = extensions.includes('mask') ? 'paint within a mask' : extension ? `take '${extension}' here` : images;
  const param = extensions.includes('mask') ? 'mask' : (extension ?? (references > 0 ? 'images' : 'model'));
  return new ApiError('invalid_parameter', `None of the models installed for '${id}' can ${what}.`, param);
}

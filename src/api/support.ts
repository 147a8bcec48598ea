/** Rules that depend on the model: what its graphs can do. Second step of validation, pure as the first. */
import { ApiError } from './errors';
import type { ParsedRequest } from './schema';
import type { AspectRatio, Resolution } from './sizes';

/** What the rules need to know of a model; its data file has it. */
export interface ModelSupport {
  readonly id: string;
  readonly aspectRatios: readonly AspectRatio[];
  readonly resolutions: readonly Resolution[];
  readonly maxReferences: number;
  readonly steps: { readonly default: number; readonly min: number; readonly max: number };
  /** Optional fields that its graphs can honour, on top of `seed` and `steps`. */
  readonly extensions: readonly Extension[];
}

export const MODEL_EXTENSIONS = ['negative_prompt', 'guidance', 'strength', 'mask'] as const;
export type Extension = (typeof MODEL_EXTENSIONS)[number];

export interface SupportedRequest {
  readonly aspectRatio: AspectRatio;
  readonly resolution: Resolution;
  readonly steps: number;
}

/**
 * Fills in the model's defaults (the first of each list) and refuses what it cannot do.
 *
 * @throws ApiError `invalid_parameter` naming `images`, `steps`, an extension, `aspect_ratio` or `resolution`
 */
export function checkSupport(request: ParsedRequest, model: ModelSupport): SupportedRequest {
  const { steps } = model;
  if ((request.images?.length ?? 0) > model.maxReferences) {
    const limit = model.maxReferences === 0 ? 'no reference images' : `at most ${model.maxReferences} reference images`;
    throw new ApiError('invalid_parameter', `Model '${model.id}' takes ${limit}.`, 'images');
  }
  if (request.steps !== undefined && (request.steps < steps.min || request.steps > steps.max)) {
    const message = `Model '${model.id}' takes ${steps.min} to ${steps.max} steps.`;
    throw new ApiError('invalid_parameter', message, 'steps');
  }
  checkExtensions(request, model);
  return {
    aspectRatio: pick(request.aspect_ratio, model.aspectRatios, { param: 'aspect_ratio', modelId: model.id }),
    resolution: pick(request.resolution, model.resolutions, { param: 'resolution', modelId: model.id }),
    steps: request.steps ?? steps.default,
  };
}

/** The optional fields that a request uses. */
export function extensionsOf(request: ParsedRequest): Extension[] {
  return MODEL_EXTENSIONS.filter((name) => request[name] !== undefined);
}

function checkExtensions(request: ParsedRequest, model: ModelSupport): void {
  const needsImage = (['strength', 'mask'] as const).find(
    (name) => request[name] !== undefined && !request.images?.length,
  );
  for (const name of extensionsOf(request)) {
    if (!model.extensions.includes(name)) {
      throw new ApiError('invalid_parameter', `Model '${model.id}' does not take '${name}'.`, name);
    }
    if (name === needsImage) throw new ApiError('invalid_parameter', `'${name}' needs an image to work on.`, name);
  }
}

function pick<T extends string>(
  value: T | undefined,
  supported: readonly T[],
  context: { readonly param: string; readonly modelId: string },
): T {
  const chosen = value ?? supported[0];
  if (chosen !== undefined && supported.includes(chosen)) return chosen;
  const name = context.param.replace('_', ' ');
  const message = `Unsupported ${name} '${chosen}' for model '${context.modelId}'.`;
  throw new ApiError('invalid_parameter', message, context.param);
}

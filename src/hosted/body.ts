/** What of a request goes out: the hosted API's own fields, its pictures in a form that the service can open. */
import { dataUrl } from '../api/base64';
import { ApiError } from '../api/errors';

/** All that the hosted API knows; the rest of a request is ours. */
const HOSTED_FIELDS = ['model', 'prompt', 'images', 'aspect_ratio', 'resolution', 'output_format'] as const;

/** The hosted API's limit for the whole request. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/** The file of a picture that only this machine can open; checked, with its true type. */
export type OpenReference = (
  source: string | Blob,
  options: { readonly param: string; readonly signal: AbortSignal },
) => Promise<Blob>;

export interface OutgoingOptions {
  /** Local id -> hosted id; other ids go out as they are. */
  readonly models: Readonly<Record<string, string>>;
  readonly openReference: OpenReference;
  readonly signal: AbortSignal;
}

export interface Outgoing {
  readonly json: string;
  readonly model: string;
  readonly references: number;
}

/**
 * Extensions that only say how to draw here (`seed`, `steps`, `engine`, …) are left out. A mask says what to draw: without
 * it the service would make, and charge, something else.
 *
 * @throws ApiError `invalid_parameter`
 */
export async function outgoingBody(
  body: Readonly<Record<string, unknown>>,
  options: OutgoingOptions,
): Promise<Outgoing> {
  if (body.mask !== undefined && body.mask !== null) throw invalid('The hosted service takes no masks.', 'mask');
  const given = HOSTED_FIELDS.filter((field) => body[field] !== undefined);
  const kept = Object.fromEntries(given.map((field) => [field, body[field]]));
  const id = String(body.model);
  const model = Object.hasOwn(options.models, id) ? String(options.models[id]) : id;
  const images = Array.isArray(body.images) ? await outgoingImages(body.images, options) : undefined;
  const json = JSON.stringify({ ...kept, model, ...(images && { images }) });
  if (new TextEncoder().encode(json).length > MAX_BODY_BYTES) {
    throw invalid('With its images the request has more than the 25 MiB that the hosted service takes.', 'images');
  }
  return { json, model, references: images?.length ?? 0 };
}

/** One after the other: each may have 10 MiB. */
async function outgoingImages(images: readonly unknown[], options: OutgoingOptions): Promise<object[]> {
  const outgoing: object[] = [];
  for (const [index, image] of images.entries()) {
    const source: unknown = typeof image === 'object' && image !== null && 'url' in image ? image.url : undefined;
    const param = `images.${index}.url`;
    if (typeof source !== 'string' && !(source instanceof Blob)) throw invalid('An image needs a URL.', param);
    const { signal } = options;
    const url = canOpen(source) ? source : await dataUrl(await options.openReference(source, { param, signal }));
    outgoing.push({ ...(image as object), url });
  }
  return outgoing;
}

/** Whether the service can open it: what is on our own origin is in this browser only. */
function canOpen(source: string | Blob): source is string {
  if (typeof source !== 'string' || !URL.canParse(source)) return false;
  const { protocol, origin } = new URL(source);
  return protocol === 'data:' || (protocol === 'https:' && origin !== globalThis.location?.origin);
}

function invalid(message: string, param: string): ApiError {
  return new ApiError('invalid_parameter', message, param);
}

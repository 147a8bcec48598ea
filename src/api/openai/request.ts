/** OpenAI's image requests in the hosted API's terms. Seedream's own API is shaped alike, so its fields count too. */
import * as v from 'valibot';
import type { ModelDirectory } from '../deps';
import { ApiError } from '../errors';
import type { Ask } from '../preparation';
import { fromIssue, integer, MAX_PICTURES, OUTPUT_FORMATS, parseGenerateRequest, withoutNulls } from '../schema';
import { nearestSize } from './sizes';

const Image = v.union([
  v.string(),
  v.instance(Blob),
  v.object({ image_url: v.string() }),
  v.object({ url: v.string() }),
]);

export const OpenAiSchema = v.object({
  prompt: v.string(),
  model: v.optional(v.string()),
  n: v.optional(integer(1, MAX_PICTURES)),
  size: v.optional(v.string()),
  output_format: v.optional(v.picklist(OUTPUT_FORMATS)),
  output_compression: v.optional(integer(0, 100)),
  response_format: v.optional(v.picklist(['url', 'b64_json'])),
  stream: v.optional(v.boolean()),
  partial_images: v.optional(integer(0, 3)),
  images: v.optional(v.array(Image)),
  image: v.optional(v.union([v.array(Image), Image])),
  mask: v.optional(v.union([v.string(), v.instance(Blob), v.object({ image_url: v.string() })])),
});

const OPTIONAL_FIELDS = Object.keys(OpenAiSchema.entries).filter((name) => name !== 'prompt');

export interface OpenAiAsk extends Ask {
  readonly asBase64: boolean;
  readonly stream: boolean;
  readonly mostPreviews: number;
}

/** Ids of OpenAI's own models: whoever names one means "a good one". */
const THEIRS = /^(gpt-image|dall-e|chatgpt-image)/;

/**
 * @throws ApiError `parameter_missing` or `invalid_parameter`
 */
export function readOpenAi(
  input: unknown,
  { models, defaultModel, isEdit }: { models: ModelDirectory; defaultModel: string; isEdit: boolean },
): OpenAiAsk {
  const result = v.safeParse(OpenAiSchema, withoutNulls(input, OPTIONAL_FIELDS), { abortEarly: true });
  if (!result.success) throw fromIssue(result.issues[0]);
  const given = result.output;
  const id = given.model === undefined || THEIRS.test(given.model) ? defaultModel : given.model;
  const card = models.find(id);
  if (!card) throw new ApiError('invalid_parameter', `Unknown model '${id}'.`, 'model');
  const sources = [...list(given.image), ...list(given.images)].map(sourceOf);
  if (isEdit && sources.length === 0)
    throw new ApiError('parameter_missing', "The parameter 'image' is required.", 'image');
  // Only URLs have a place in the hosted API's request; files travel beside it.
  const images = sources.map((source) => ({ url: typeof source === 'string' ? source : 'blob:' }));
  const extensions = typeof input === 'object' && input !== null ? input : {};
  const request = parseGenerateRequest({
    ...pickExtensions(extensions),
    model: id,
    prompt: given.prompt,
    output_format: given.output_format ?? 'png',
    n: given.n,
    ...(given.output_compression !== undefined && { quality: Math.max(1, given.output_compression) }),
    ...nearestSize(given.size, card),
    ...(sources.length > 0 && { images }),
    ...(given.mask !== undefined && { mask: 'blob:' }),
  });
  return {
    request,
    sources,
    mask: given.mask === undefined ? null : sourceOf(given.mask),
    previews: given.stream === true && (given.partial_images ?? 0) > 0,
    asBase64: given.response_format !== 'url',
    stream: given.stream ?? false,
    mostPreviews: given.partial_images ?? 0,
  };
}

/** Tessera's own fields mean the same in both APIs. */
function pickExtensions(input: object): object {
  const names = ['seed', 'steps', 'negative_prompt', 'guidance', 'strength', 'metadata', 'engine'];
  return Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name)));
}

type Given = v.InferOutput<typeof Image>;

function list(value: Given | Given[] | undefined): Given[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function sourceOf(value: Given): string | Blob {
  if (typeof value === 'string' || value instanceof Blob) return value;
  return 'image_url' in value ? value.image_url : value.url;
}

const NUMBERS = new Set(['n', 'output_compression', 'partial_images', 'seed', 'steps', 'guidance', 'strength']);
const BOOLEANS = new Set(['stream', 'metadata']);

/** A form's fields as the JSON they stand for: `image[]` is a list, numbers are numbers. */
export function formFields(form: FormData): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    const plain = name.replace(/\[\d*\]$/, '');
    const isList = plain === 'image' || plain === 'images';
    fields[plain] = isList ? [...asList(fields[plain]), ...values] : scalar(plain, values[0]);
  }
  return fields;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function scalar(name: string, value: FormDataEntryValue | undefined): unknown {
  if (typeof value !== 'string') return value;
  if (NUMBERS.has(name)) return value.trim() === '' ? value : Number(value);
  if (BOOLEANS.has(name) && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

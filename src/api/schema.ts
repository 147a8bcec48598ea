/** Unknown JSON in, a typed request out, or one `ApiError` that names the parameter. Before any other work. */
import * as v from 'valibot';
import { codePoints } from './codePoints';
import { ApiError } from './errors';
import { ASPECT_RATIOS, RESOLUTIONS } from './sizes';

/** Hosted limit, in Unicode code points. */
export const MAX_PROMPT_CODE_POINTS = 4096;
export const MAX_SEED = 4294967295;
/** Of jpeg and webp: the usual quality of a photo program. */
export const DEFAULT_QUALITY = 92;
export const MAX_PICTURES = 10;
export const OUTPUT_FORMATS = ['png', 'jpeg', 'webp'] as const;
export const ENGINES = ['local', 'hosted', 'auto'] as const;

const describe = v.description;
const between = (low: number, high: number) => v.pipe(v.number(), v.minValue(low), v.maxValue(high));
export const integer = (low: number, high: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));

const ReferenceSchema = v.object({
  url: v.pipe(v.string(), describe('An https, data or blob URL of a PNG, JPEG or WebP file of at most 10 MiB.')),
  role: v.optional(v.literal('reference_image')),
});

/** The six fields of the hosted API. */
const HOSTED = {
  model: v.pipe(v.string(), describe('An id of `GET /v2/models`.')),
  prompt: v.pipe(v.string(), describe(`What to draw: 1 to ${MAX_PROMPT_CODE_POINTS} characters.`)),
  images: v.optional(
    v.pipe(v.array(ReferenceSchema), describe('Pictures to edit, to combine or to start from, as the model can.')),
  ),
  aspect_ratio: v.optional(v.pipe(v.picklist(ASPECT_RATIOS), describe('By default the first one of the model.'))),
  resolution: v.optional(v.pipe(v.picklist(RESOLUTIONS), describe('By default the first one of the model.'))),
  output_format: v.optional(v.pipe(v.picklist(OUTPUT_FORMATS), describe('By default `jpeg`.'))),
};

/** Tessera's own. Without them a request is one that the hosted API takes too. */
const EXTENSIONS = {
  seed: v.optional(v.pipe(integer(0, MAX_SEED), describe('Extension. The same request and seed, the same picture.'))),
  steps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), describe('Extension. Denoising steps.'))),
  negative_prompt: v.optional(v.pipe(v.string(), describe('Extension. What not to draw.'))),
  guidance: v.optional(v.pipe(between(0, 30), describe('Extension. How closely to follow the prompt.'))),
  strength: v.optional(
    v.pipe(v.number(), v.gtValue(0), v.maxValue(1), describe('Extension. How far from the first image to go.')),
  ),
  mask: v.optional(v.pipe(v.string(), describe('Extension. A URL: the first image is drawn anew where it is clear.'))),
  n: v.optional(v.pipe(integer(1, MAX_PICTURES), describe('Extension. Pictures to draw, with seeds one apart.'))),
  quality: v.optional(v.pipe(integer(1, 100), describe(`Extension. Of jpeg and webp; ${DEFAULT_QUALITY} by default.`))),
  metadata: v.optional(v.pipe(v.boolean(), describe('Extension. Whether files tell how they were made; they do.'))),
  stream: v.optional(v.pipe(v.boolean(), describe('Extension. Server-sent events with previews.'))),
  engine: v.optional(
    v.pipe(v.picklist(ENGINES), describe('Extension. Who draws: here (the default), the hosted service, or either.')),
  ),
};

export const RequestSchema = v.object({ ...HOSTED, ...EXTENSIONS });

export type ParsedRequest = v.InferOutput<typeof RequestSchema>;

const OPTIONAL_FIELDS = Object.keys(RequestSchema.entries).filter((name) => name !== 'model' && name !== 'prompt');

/**
 * Checks the shape of a request; what a model supports is checked by `checkSupport`. Unknown fields are ignored, and an
 * optional one that is null counts as left out.
 *
 * @throws ApiError `parameter_missing` or `invalid_parameter`, one parameter at a time
 * @example parseGenerateRequest({ model: 'pocket', prompt: 'a red apple' }).prompt // 'a red apple'
 */
export function parseGenerateRequest(input: unknown): ParsedRequest {
  if (Array.isArray(input)) throw new ApiError('invalid_parameter', 'The request body must be a JSON object.');
  const result = v.safeParse(RequestSchema, withoutNulls(input, OPTIONAL_FIELDS), { abortEarly: true });
  if (!result.success) throw fromIssue(result.issues[0]);
  const { negative_prompt: negative, ...request } = result.output;
  const prompt = cleanPrompt(request.prompt, 'prompt');
  if (prompt === '') throw new ApiError('parameter_missing', 'The prompt is empty: say what to draw.', 'prompt');
  const negativePrompt = negative === undefined ? '' : cleanPrompt(negative, 'negative_prompt');
  return { ...request, prompt, ...(negativePrompt !== '' && { negative_prompt: negativePrompt }) };
}

/** Optional fields that are null count as left out. */
export function withoutNulls(input: unknown, optional: readonly string[]): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(
    Object.entries(input).filter(([name, value]) => value !== null || !optional.includes(name)),
  );
}

/** Normalises a prompt (NFC, no control characters, no lone surrogates) and checks its length. */
function cleanPrompt(prompt: string, param: string): string {
  const clean = prompt
    .toWellFormed()
    .normalize('NFC')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  const length = codePoints(clean);
  if (length <= MAX_PROMPT_CODE_POINTS) return clean;
  const message = `The prompt has ${length} characters; at most ${MAX_PROMPT_CODE_POINTS} are allowed.`;
  throw new ApiError('invalid_parameter', message, param);
}

/** The hosted API's words for what a schema refuses. */
export function fromIssue(issue: v.BaseIssue<unknown>): ApiError {
  const param = issue.path?.map((item) => String(item.key)).join('.') ?? null;
  const isMissing = param !== null && issue.received === 'undefined';
  if (isMissing) return new ApiError('parameter_missing', `The parameter '${param}' is required.`, param);
  const subject = param === null ? 'The request body' : `The parameter '${param}'`;
  const expected = issue.expected === null ? '' : ` Expected ${issue.expected}.`;
  return new ApiError('invalid_parameter', `${subject} is not valid.${expected}`, param);
}

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
export const OUTPUT_FORMATS = ['png', 'jpeg', 'webp'] as const;

const RequestSchema = v.object({
  model: v.string(),
  prompt: v.string(),
  aspect_ratio: v.optional(v.picklist(ASPECT_RATIOS)),
  resolution: v.optional(v.picklist(RESOLUTIONS)),
  output_format: v.optional(v.picklist(OUTPUT_FORMATS)),
  quality: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
  metadata: v.optional(v.boolean()),
  images: v.optional(v.array(v.object({ url: v.string() }))),
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_SEED))),
  steps: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

export type ParsedRequest = v.InferOutput<typeof RequestSchema>;

/**
 * Checks the shape of a request; what a model supports is checked by `checkSupport`.
 *
 * @throws ApiError `parameter_missing` or `invalid_parameter`, one parameter at a time
 * @example parseGenerateRequest({ model: 'pocket', prompt: 'a red apple' }).prompt // 'a red apple'
 */
export function parseGenerateRequest(input: unknown): ParsedRequest {
  const result = v.safeParse(RequestSchema, input);
  if (!result.success) throw fromIssue(result.issues[0]);
  return { ...result.output, prompt: checkPrompt(result.output.prompt) };
}

/** Normalises a prompt (NFC, no control characters, no lone surrogates) and checks its length. */
function checkPrompt(prompt: string): string {
  const clean = prompt
    .toWellFormed()
    .normalize('NFC')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  if (clean === '') throw new ApiError('parameter_missing', 'The prompt is empty: say what to draw.', 'prompt');
  const length = codePoints(clean);
  if (length > MAX_PROMPT_CODE_POINTS) {
    const message = `The prompt has ${length} characters; at most ${MAX_PROMPT_CODE_POINTS} are allowed.`;
    throw new ApiError('invalid_parameter', message, 'prompt');
  }
  return clean;
}

function fromIssue(issue: v.BaseIssue<unknown>): ApiError {
  const param = issue.path?.map((item) => String(item.key)).join('.') ?? null;
  const isMissing = param !== null && issue.received === 'undefined';
  if (isMissing) return new ApiError('parameter_missing', `The parameter '${param}' is required.`, param);
  const subject = param === null ? 'The request body' : `The parameter '${param}'`;
  const expected = issue.expected === null ? '' : ` Expected ${issue.expected}.`;
  return new ApiError('invalid_parameter', `${subject} is not valid.${expected}`, param);
}

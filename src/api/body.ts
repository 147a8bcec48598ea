/** Request bodies: bounded before they are read whole, of the right kind, and whole. */
import { bytesUpTo } from './boundedBody';
import { ApiError } from './errors';

/** The hosted API's limit for a request. */
export const MAX_BODY_BYTES = 25 * 1024 * 1024;

/**
 * @throws ApiError `unsupported_media_type`, `payload_too_large`, or `invalid_parameter` for what is no JSON
 */
export async function readJsonBody(request: Request): Promise<{ readonly text: string; readonly value: unknown }> {
  requireType(request, 'application/json');
  const text = new TextDecoder().decode(await readBytes(request));
  try {
    return { text, value: JSON.parse(text) };
  } catch (error) {
    throw new ApiError('invalid_parameter', 'The request body is not valid JSON.', null, { cause: error });
  }
}

/** As `readJsonBody`, for forms. `text` only tells one form from another. */
export async function readFormBody(request: Request): Promise<{ readonly text: string; readonly value: FormData }> {
  requireType(request, 'multipart/form-data');
  const bytes = await readBytes(request);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const headers = { 'content-type': request.headers.get('content-type') ?? '' };
  try {
    return { text: digest.join('.'), value: await new Response(bytes, { headers }).formData() };
  } catch (error) {
    throw new ApiError('invalid_parameter', 'The request body is not a valid form.', null, { cause: error });
  }
}

export function isForm(request: Request): boolean {
  return mediaType(request) === 'multipart/form-data';
}

async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  const bytes = announced > MAX_BODY_BYTES ? null : await bytesUpTo(request, MAX_BODY_BYTES);
  if (bytes) return bytes;
  throw new ApiError('payload_too_large', 'The request has more than the 25 MiB that are allowed.');
}

function requireType(request: Request, type: string): void {
  const given = mediaType(request);
  if (given === type) return;
  const message = `The content type must be ${type}${given === '' ? '' : `, not ${given}`}.`;
  throw new ApiError('unsupported_media_type', message);
}

function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

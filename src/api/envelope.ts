/** Errors as the hosted API words them: one envelope, the right status, the headers that go with it. */
import { ApiError, toPlainError } from './errors';

const DOC_URLS: Readonly<Partial<Record<ApiError['code'], string>>> = {
  invalid_api_key: 'https://docs.getimg.ai/guides/authentication',
};

export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const { code, message, param } = toPlainError(thrown);
  return new ApiError(code, message, param, { cause: thrown });
}

/** The body of an error: `type` is always the same, `doc_url` only where there is a page. */
export function envelope({ code, message, param }: ApiError): { readonly error: Readonly<Record<string, unknown>> } {
  const docUrl = DOC_URLS[code];
  return { error: { message, type: 'invalid_request_error', param, code, ...(docUrl && { doc_url: docUrl }) } };
}

/** Never throws: whatever was thrown becomes an answer. */
export function errorResponse(thrown: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const error = asApiError(thrown);
  const wait = error.retryAfterS === null ? {} : { 'retry-after': String(error.retryAfterS) };
  return json(envelope(error), { status: error.status, headers: { ...headers, ...wait } });
}

export function json(
  body: unknown,
  init: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...init.headers };
  return new Response(JSON.stringify(body), { status: init.status ?? 200, headers });
}

/** `GET /v2/downloads/{id}/{index}?exp&sig`: the link is the key, so anybody who has it may read, from anywhere. */
import type { ResultStore } from './deps';
import { ApiError } from './errors';

const EXTENSIONS: Readonly<Record<string, string>> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' };

/** Every page may show and read it. */
const FOR_EVERYBODY = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'accept-ranges, content-length, content-range',
  'cross-origin-resource-policy': 'cross-origin',
};

type DownloadLink = Parameters<ResultStore['open']>[0];

/** What a signed link says, wherever it points; null for any other URL. */
export function downloadLink({ pathname, searchParams }: URL): DownloadLink | null {
  const [, id, index] = /\/v2\/downloads\/([\w-]+)\/(\d+)$/.exec(pathname) ?? [];
  const [exp, sig] = [searchParams.get('exp'), searchParams.get('sig')];
  return id === undefined || index === undefined || exp === null || sig === null ? null : { id, index, exp, sig };
}

/**
 * Needs no engine: also for the service worker, when no page is open.
 *
 * @throws ApiError `not_found`
 */
export async function download(request: Request, results: ResultStore): Promise<Response> {
  const link = downloadLink(new URL(request.url));
  if (!link) throw new ApiError('not_found', 'There is no picture at this link. Was it copied as a whole?');
  const blob = await results.open(link);
  const { id, index } = link;
  const name = `${id}-${index}.${EXTENSIONS[blob.type] ?? 'bin'}`;
  const headers = {
    ...FOR_EVERYBODY,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=3600, immutable',
    'content-disposition': `inline; filename="${name}"`,
    'content-type': blob.type,
    'x-content-type-options': 'nosniff',
  };
  return ranged(request, blob, headers);
}

function ranged(request: Request, blob: Blob, headers: Readonly<Record<string, string>>): Response {
  const range = readRange(request.headers.get('range'), blob.size);
  if (range === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${blob.size}` } });
  }
  const { start, end } = range ?? { start: 0, end: blob.size };
  const part = range ? { 'content-range': `bytes ${start}-${end - 1}/${blob.size}` } : {};
  const body = request.method === 'HEAD' ? null : blob.slice(start, end, blob.type);
  const length = { 'content-length': String(end - start) };
  return new Response(body, { status: range ? 206 : 200, headers: { ...headers, ...part, ...length } });
}

/** One range of bytes; null for the whole, also where several are asked for, which servers may answer so (RFC 9110). */
function readRange(header: string | null, size: number): { start: number; end: number } | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return null;
  if (first === '')
    return Number(last) === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, end };
}

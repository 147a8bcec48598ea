/** What is at an address that the user gives for a model: a manifest, or a folder as diffusers lays it out. */
import { ApiError } from '../api/errors';
import { readDiffusersFolder } from './diffusersFolder';
import { filesUrl, isModelUrl } from './modelUrl';

const INDEX = '/model_index.json';

/** These are small files: a host that takes longer has lost the request. */
const PATIENCE_MS = 30_000;

/**
 * @returns a manifest, which nobody has checked yet, and the address that its paths are relative to
 * @throws ApiError `invalid_parameter` on `url`
 */
export async function manifestAt(address: string): Promise<{ readonly url: string; readonly manifest: unknown }> {
  const { pathname, href } = checkedUrl(address);
  if (pathname.endsWith('.json') && !pathname.endsWith(INDEX)) return { url: href, manifest: await fetchJson(href) };
  const folder = new URL(pathname.endsWith(INDEX) || pathname.endsWith('/') ? './' : `${pathname}/`, href);
  return { url: folder.href, manifest: await readDiffusersFolder(folder.href, { json: fetchJson, find: findFile }) };
}

function checkedUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url && isModelUrl(url)) return filesUrl(url);
  throw unusable('It must be an https address of a manifest or of a folder.');
}

async function fetchJson(url: string): Promise<unknown> {
  const answer = await patiently(url, { cache: 'no-cache' });
  if (!answer) throw unusable(`${url} could not be reached, or does not let other pages read it (CORS).`);
  if (!answer.ok) throw unusable(`${url} answered ${answer.status}.`);
  return answer.json().catch(() => {
    throw unusable(`${url} is no JSON.`);
  });
}

/** Null where nobody answers. */
function patiently(url: string, init: RequestInit): Promise<Response | null> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
}

/** One byte is asked for: not every host answers HEAD for files that it keeps elsewhere. */
async function findFile(url: string): Promise<{ readonly sizeBytes: number | null } | null> {
  const answer = await patiently(url, { headers: { range: 'bytes=0-0' }, cache: 'no-store' });
  await answer?.body?.cancel().catch(() => {});
  if (!answer?.ok || answer.headers.get('content-type')?.includes('text/html')) return null;
  const whole = /\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1] ?? null;
  return { sizeBytes: whole === null ? null : Number(whole) };
}

function unusable(what: string): ApiError {
  return new ApiError('invalid_parameter', `No model can be read there. ${what}`, 'url');
}

/** Which pages of other origins may embed this deployment: `embed.json` beside `embed.html` says so. */
import { isExactOrigin } from './iframeChild';

/** What `embed.json` lists, `{ "parents": ["https://example.com"] }`. None when it is missing or broken. */
export async function fetchParents(url: string): Promise<readonly string[]> {
  const settings: unknown = await fetch(url, { cache: 'no-cache' })
    .then((response) => (response.ok ? response.json() : null))
    .catch(() => null);
  const parents: unknown = (settings as { readonly parents?: unknown } | null)?.parents;
  return Array.isArray(parents) ? parents.filter(isExactOrigin) : [];
}

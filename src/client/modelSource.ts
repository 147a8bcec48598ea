/** Between a model's data and its files: where they are fetched from, which of the user's they are, how far they have come. */
import { ApiError } from '../api/errors';
import type { ModelEntry, PublishedWeights } from '../models/types';
import type { ModelState } from './library';

/** @param mirrorUrl takes the place of the model's own host; see `mirrored` */
export function sourceOf({ id, weights }: ModelEntry, mirrorUrl: string | null) {
  if (weights.type === 'embedded')
    throw new ApiError('invalid_parameter', `Model '${id}' comes with the app.`, 'model');
  const baseUrl = mirrorUrl === null ? weights.baseUrl : mirrored(weights, mirrorUrl);
  const files = weights.files.map((file) => ({ ...file, url: new URL(file.path, baseUrl).href }));
  return { id, revision: weights.revision, files };
}

/**
 * Where a model's files are below a mirror: host and path of their own address, as folders.
 *
 * @example mirrored(sdTurbo.weights, 'https://kiosk.local/') // 'https://kiosk.local/huggingface.co/schmuell/sd-turbo-ort-web/resolve/…/'
 */
export function mirrored({ baseUrl }: Pick<PublishedWeights, 'baseUrl'>, mirrorUrl: string): string {
  const { host, pathname } = new URL(baseUrl);
  // As a path, also where a port makes it look like `scheme:rest`.
  return new URL(`./${host}${pathname}`, mirrorUrl.endsWith('/') ? mirrorUrl : `${mirrorUrl}/`).href;
}

/**
 * By path below the folder that was picked, else by name: single files come without their folders. A name that the model
 * has in several folders only counts with the size that its publisher says.
 */
export function filesAmong(
  picked: readonly File[],
  { files }: { readonly files: readonly { readonly path: string; readonly sizeBytes: number | null }[] },
): Map<string, Blob> {
  const names = files.map(({ path }) => path.split('/').at(-1));
  const matches = new Map<string, Blob>();
  for (const [index, { path, sizeBytes }] of files.entries()) {
    const name = names[index];
    const isUnique = names.filter((each) => each === name).length === 1;
    const fits = ({ size }: File) => (sizeBytes === null ? isUnique : size === sizeBytes);
    const file =
      picked.find((each) => `/${each.webkitRelativePath}`.endsWith(`/${path}`)) ??
      picked.find((each) => each.name === name && fits(each));
    if (file) matches.set(path, file);
  }
  return matches;
}

/** Files of another revision than the entry's are as good as half of a download: its graphs may differ. */
export function stateOf(
  { weights }: ModelEntry,
  stored: { readonly revision: string; readonly isComplete: boolean; readonly storedBytes: number } | null,
): Extract<ModelState, 'embedded' | 'absent' | 'partial' | 'complete'> {
  if (weights.type === 'embedded') return 'embedded';
  if (!stored || (!stored.isComplete && stored.storedBytes === 0)) return 'absent';
  return stored.isComplete && stored.revision === weights.revision ? 'complete' : 'partial';
}

/** Of the whole download; null where nobody knows before. */
export function bytesOf({ weights }: ModelEntry): number | null {
  if (weights.type === 'embedded') return null;
  return weights.files.reduce<number | null>(
    (sum, { sizeBytes }) => (sum === null || sizeBytes === null ? null : sum + sizeBytes),
    0,
  );
}

/** The pictures of this session, and the object URLs that keep their bytes alive. */
import { batch } from '@preact/signals';
import { dropDraft } from './livePreview/livePreview';
import type { Store, StudioPicture } from './store';

/** Each holds a small thumbnail and its file, 22 MB for the largest PNG: as a Blob, which browsers move to disk. */
const MAX_PICTURES = 24;

interface NewPicture extends Omit<StudioPicture, 'beforeUrl'> {
  readonly before: Blob | null;
}

export function addPicture(store: Store, { before, ...made }: NewPicture): void {
  const picture = { ...made, beforeUrl: before && URL.createObjectURL(before) };
  const all = [picture, ...store.pictures.value];
  for (const dropped of all.slice(MAX_PICTURES)) revoke(dropped);
  batch(() => {
    store.pictures.value = all.slice(0, MAX_PICTURES);
    store.shownId.value = made.answer.id;
    dropDraft(store);
    if (!store.seedIsFixed.value) store.seed.value = made.answer.seed;
  });
}

/** Removes a picture; its neighbour takes its place on the easel. */
export function removePicture(store: Store, id: string): void {
  const index = store.pictures.value.findIndex(({ answer }) => answer.id === id);
  const removed = store.pictures.value[index];
  if (!removed) return;
  revoke(removed);
  batch(() => {
    const rest = store.pictures.value.filter((picture) => picture !== removed);
    store.pictures.value = rest;
    if (store.shownId.value === id) store.shownId.value = rest[Math.min(index, rest.length - 1)]?.answer.id ?? null;
  });
}

/** A file name made of the id alone: a prompt may hold anything. */
export function fileName({ answer, outputFormat }: StudioPicture): string {
  return `${answer.id.replaceAll(/[^\w-]/g, '')}.${outputFormat === 'jpeg' ? 'jpg' : outputFormat}`;
}

/** Puts a picture on the easel. */
export function showPicture(store: Store, id: string): void {
  dropDraft(store);
  store.problem.value = null;
  store.shownId.value = id;
}

/** Its own copy, since pictures that were given may be taken away. Null where there is not exactly one. */
export async function keepBefore(given: readonly { readonly url: string }[]): Promise<Blob | null> {
  const [only, ...others] = given;
  if (!only || others.length > 0) return null;
  // One that cannot be read is the job's to fail with.
  return fetch(only.url).then(
    (response) => response.blob(),
    () => null,
  );
}

/** Until the browser can show it: a 4K file takes a moment, and the preview would leave a hole. */
export async function decoded(url: string): Promise<void> {
  const image = new Image();
  image.src = url;
  // One that cannot be decoded is the easel's to show.
  await image.decode().catch(() => {});
}

function revoke({ answer, beforeUrl }: StudioPicture): void {
  for (const { url } of answer.data) URL.revokeObjectURL(url);
  if (beforeUrl !== null) URL.revokeObjectURL(beforeUrl);
}

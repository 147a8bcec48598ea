/** The pictures of this session, and the object URLs that keep their bytes alive. */
import { batch } from '@preact/signals';
import type { Store, StudioPicture } from './store';

/** Each holds a small thumbnail and its file, 22 MB for the largest PNG: as a Blob, which browsers move to disk. */
const MAX_PICTURES = 24;

export function addPicture(store: Store, picture: StudioPicture): void {
  const all = [picture, ...store.pictures.value];
  for (const dropped of all.slice(MAX_PICTURES)) revoke(dropped);
  batch(() => {
    store.pictures.value = all.slice(0, MAX_PICTURES);
    store.shownId.value = picture.answer.id;
    if (!store.seedIsFixed.value) store.seed.value = picture.answer.seed;
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

function revoke({ answer }: StudioPicture): void {
  for (const { url } of answer.data) URL.revokeObjectURL(url);
}

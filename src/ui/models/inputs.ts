/** Pictures that the user gives: kept as addresses of this page, let go when they are not needed any more. */
import { batch } from '@preact/signals';
import type { InputPicture, Store, StudioPicture } from '../store';

/** What the API reads. */
export const PICTURE_TYPES: readonly string[] = ['image/png', 'image/jpeg', 'image/webp'];

/** The API reads no larger file. */
const MOST_BYTES = 10 * 1024 * 1024;

/** What came of files that were given. */
export interface Given {
  readonly taken: number;
  /** Names of those that are no pictures. */
  readonly refused: readonly string[];
  /** Names of those with too many bytes. */
  readonly tooLarge: readonly string[];
  /** Pictures that there was no room for. */
  readonly tooMany: number;
}

/** A single picture takes the place of the one before. Of several, the order counts: what does not fit is left out. */
export function addInputs(store: Store, files: readonly File[]): Given {
  const { maxReferences } = store.model.value;
  const readable = files.filter(({ type }) => PICTURE_TYPES.includes(type));
  const pictures = readable.filter(({ size }) => size <= MOST_BYTES);
  const refused = files.filter((file) => !readable.includes(file)).map(({ name }) => name);
  const tooLarge = readable.filter((file) => !pictures.includes(file)).map(({ name }) => name);
  const before = maxReferences === 1 && pictures.length > 0 ? [] : store.inputs.value;
  const room = maxReferences - before.length;
  const added = maxReferences === 1 ? pictures.slice(-1) : pictures.slice(0, room);
  if (added.length > 0) replace(store, [...before, ...added.map((file) => opened(file, false))]);
  return { taken: added.length, refused, tooLarge, tooMany: pictures.length - added.length };
}

/** Adds a copy of a picture of the session, which may be removed from there. */
export async function useShown(store: Store, picture: StudioPicture): Promise<Given> {
  return addInputs(store, [await copyOf(picture)]);
}

/**
 * The picture is image 1 from now on: in place of one that was drawn here too, before one that was brought along. Gives
 * the name of the picture that had to go for it, or null.
 */
export async function putFirst(store: Store, picture: StudioPicture): Promise<string | null> {
  const first = opened(await copyOf(picture), true);
  const [old, ...others] = store.inputs.value;
  const rest = old?.isDrawn ? others : store.inputs.value;
  const { maxReferences } = store.model.value;
  replace(store, [first, ...rest].slice(0, maxReferences));
  return [first, ...rest][maxReferences]?.name ?? null;
}

async function copyOf({ answer, prompt }: StudioPicture): Promise<File> {
  const blob = await (await fetch(answer.data[0]?.url ?? '')).blob();
  return new File([blob], prompt.slice(0, MOST_NAME_CHARACTERS), { type: blob.type });
}

function opened(file: File, isDrawn: boolean): InputPicture {
  return { url: URL.createObjectURL(file), name: file.name, isDrawn };
}

/** Lets go of those that are not among the new ones. */
function replace(store: Store, pictures: readonly InputPicture[]): void {
  revokeInputs(store.inputs.value.filter((picture) => !pictures.includes(picture)));
  keep(store, pictures);
}

const MOST_NAME_CHARACTERS = 80;

export function removeInput(store: Store, url: string): void {
  replace(
    store,
    store.inputs.value.filter((picture) => picture.url !== url),
  );
}

/** Models tell pictures apart by their order. */
export function moveInput(store: Store, url: string, by: -1 | 1): void {
  const all = [...store.inputs.value];
  const from = all.findIndex((picture) => picture.url === url);
  const [moved, other] = [all[from], all[from + by]];
  if (!moved || !other) return;
  all[from] = other;
  all[from + by] = moved;
  keep(store, all);
}

export function useMask({ mask }: Store, file: File | null): void {
  if (mask.value) revokeInputs([mask.value]);
  mask.value = file && opened(file, false);
}

export function revokeInputs(pictures: readonly InputPicture[]): void {
  for (const { url } of pictures) URL.revokeObjectURL(url);
}

/** A mask belongs to the first picture, and goes with it. */
function keep(store: Store, pictures: readonly InputPicture[]): void {
  batch(() => {
    if (store.inputs.value[0] !== pictures[0]) useMask(store, null);
    store.inputs.value = pictures;
  });
}
